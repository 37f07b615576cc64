package wire_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestNoServerIsTriedAfterTheEnd: whoever interrupts does not wait for the other servers.
func TestNoServerIsTriedAfterTheEnd(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	var dialed []string
	d := &wire.Dialer{NetDial: func(_ context.Context, _, server string) (net.Conn, error) {
		if dialed = append(dialed, server); len(dialed) == 2 {
			stop(errDisk)
		}
		return nil, syscall.ECONNREFUSED
	}}
	_, _, err := d.DialFirst(ctx, []string{"a:1", "b:1", "c:1"})
	if diff := cmp.Diff([]string{"a:1", "b:1"}, dialed); diff != "" || !errors.Is(err, errDisk) {
		t.Errorf("%v; dialed -want +got\n%s", err, diff)
	}
}

// TestDialsOfAllCallsAreLimitedTogether where the dialer says so.
func TestDialsOfAllCallsAreLimitedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		d := &wire.Dialer{Dials: make(chan struct{}, 2), NetDial: func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(time.Second)
			return nil, syscall.ECONNREFUSED
		}}
		ended := make(chan time.Duration)
		for range 2 {
			go func() {
				wire.FanOut(t.Context(), d, []string{"a:1", "b:1", "c:1"}, func(context.Context, *wire.Conn) (bool, error) { return true, nil })
				ended <- time.Since(start)
			}()
		}
		if last := max(<-ended, <-ended); last != 3*time.Second {
			t.Errorf("6 dials of a second, two at a time, took %v", last)
		}
	})
}

// TestSameServersClosesItsConnections, also one to a server that accepts and says nothing.
func TestSameServersClosesItsConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		l, memory := gearmandtest.Memory()
		served := make(chan error)
		go func() { served <- jobserver.New(jobserver.Options{}).Serve(ctx, l) }()
		c := new(closings)
		d := &wire.Dialer{NetDial: func(ctx context.Context, network, server string) (net.Conn, error) {
			if server == "silent:1" {
				return c.dial(ctx, network, server)
			}
			nc, err := memory(ctx, network, server)
			return &noticed{nc, c, server}, err
		}}
		same := wire.SameServers(t.Context(), d, []string{"a:1", "silent:1", "b:1"})
		if diff := cmp.Diff(map[string]string{"b:1": "a:1"}, same); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if slices.Sort(c.closed); !slices.Equal(c.closed, []string{"a:1", "b:1", "silent:1/1"}) {
			t.Errorf("of three connections these were closed: %v", c.closed)
		}
		stop()
		<-served
		time.Sleep(time.Second)
	})
}
