package wire_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// dials returns a NetDial that gives nc.
func dials(nc net.Conn) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) { return nc, nil }
}

func TestAServerThatRefusesIsUnreachable(t *testing.T) {
	addr := gearmandtest.FreeAddr(t)
	_, err := new(wire.Dialer).Dial(t.Context(), addr)
	var op *wire.OpError
	if !wire.IsUnreachable(err) || !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &op) || !op.Safe {
		t.Errorf("got %v, want an unreachable server, safe", err)
	}
	if want := "dial " + addr + ": connection refused"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestANameThatDoesNotResolveIsUnreachable(t *testing.T) {
	d := &wire.Dialer{NetDial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "gm1"}}
	}}
	_, err := d.Dial(t.Context(), "gm1:4730")
	if want := "dial gm1:4730: no such host"; !wire.IsUnreachable(err) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAServerThatDoesNotAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &wire.Dialer{NetDial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		start := time.Now()
		_, err := d.Dial(t.Context(), "gm1:4730")
		if !errors.Is(err, wire.ErrSilent) || !wire.IsUnreachable(err) || time.Since(start) != wire.DefaultTimeout {
			t.Errorf("after %v: got %v, want ErrSilent after %v", time.Since(start), err, wire.DefaultTimeout)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errDisk)
		defer cancel()
		if _, err := d.Dial(ctx, "gm1:4730"); !errors.Is(err, errDisk) || wire.IsUnreachable(err) {
			t.Errorf("got %v, want the context's cause", err)
		}
	})
}

func TestDialFirst(t *testing.T) {
	dead, alive, other := gearmandtest.FreeAddr(t), embedded(t, jobserver.Options{}), embedded(t, jobserver.Options{})
	d := &wire.Dialer{}
	c, skipped, err := d.DialFirst(t.Context(), []string{dead, alive, other})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Server() != alive {
		t.Errorf("got %s, want %s, the first that accepts", c.Server(), alive)
	}
	if want := "dial " + dead + ": connection refused"; len(skipped) != 1 || skipped[0].Error() != want {
		t.Errorf("skipped %v, want %s", skipped, want)
	}
	dead2 := gearmandtest.FreeAddr(t)
	_, _, err = d.DialFirst(t.Context(), []string{dead, dead2})
	if want := "dial " + dead + ": connection refused\ndial " + dead2 + ": connection refused"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, _, err := d.DialFirst(t.Context(), nil); err == nil {
		t.Error("no server: got no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := d.DialFirst(ctx, []string{dead, alive}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestFanOut(t *testing.T) {
	dead, alive, silent := gearmandtest.FreeAddr(t), embedded(t, jobserver.Options{Version: "9.9"}), listen(t).Addr().String()
	d := &wire.Dialer{Timeout: 20 * short}
	var got []wire.Result[string]
	within(t, prompt, func() {
		got = wire.FanOut(t.Context(), d, []string{dead, silent, alive}, func(ctx context.Context, c *wire.Conn) (string, error) {
			return c.Version(ctx)
		})
	})
	var servers, values []string
	for _, r := range got {
		servers, values = append(servers, r.Server), append(values, r.Value)
	}
	if diff := cmp.Diff([][]string{{dead, silent, alive}, {"", "", "9.9"}}, [][]string{servers, values}); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !wire.IsUnreachable(got[0].Err) || !errors.Is(got[1].Err, wire.ErrSilent) || got[2].Err != nil {
		t.Errorf("got errors %v, %v and %v, want unreachable, silent and none", got[0].Err, got[1].Err, got[2].Err)
	}
	if err := got[1].Err; err != nil && !strings.HasPrefix(err.Error(), "version "+silent+": ") {
		t.Errorf("got %v, want the operation and the server in front", err)
	}
}
