package connect

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

// newPool returns a pool of connections to n, and the errors that it reported as skipped.
func newPool(n *network) (p *Pool, skipped *[]string) {
	skipped = new([]string)
	return &Pool{Client: &Client{Dialer: n.dialer(), Skipped: func(errs []error, used string) {
		for _, err := range errs {
			*skipped = append(*skipped, err.Error()+" -> "+used)
		}
	}}}, skipped
}

func job() *wire.Submission {
	return &wire.Submission{Function: "q", Unique: "k", Workload: []byte("x"), Background: true}
}

// TestAPoolKeepsOneConnectionToAServer, until it is closed.
func TestAPoolKeepsOneConnectionToAServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(map[string]func(net.Conn){"a:1": answers(hasExceptions), "b:1": answers(hasExceptions), "old:1": answers(denied)})
		p, _ := newPool(n)
		for _, server := range []string{"a:1", "b:1", "a:1", "b:1"} {
			if c, err := p.Get(t.Context(), server); err != nil || c.Server() != server {
				t.Errorf("%s: %v", server, err)
			}
		}
		var refused *wire.ServerError
		if _, err := p.Get(t.Context(), "old:1"); !errors.As(err, &refused) {
			t.Errorf("a server without exceptions: %v", err)
		}
		if diff := cmp.Diff([]string{"old:1 0"}, n.closed()); diff != "" {
			t.Errorf("what is of no use is closed -want +got\n%s", diff)
		}
		time.Sleep(time.Second)
		p.Close()
		if diff := cmp.Diff([]string{"old:1 0", "a:1 1", "b:1 1"}, n.closed()); diff != "" {
			t.Errorf("closed -want +got\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a:1 0", "b:1 0", "old:1 0"}, n.opened()); diff != "" {
			t.Errorf("opened -want +got\n%s", diff)
		}
		time.Sleep(time.Second)
	})
}

// TestWhatAServerIsAskedBeforeAJob: if it is lost then, the next server gets the job; if the answer is no, none does. Either way its
// connection is closed, and the job is nowhere.
func TestWhatAServerIsAskedBeforeAJob(t *testing.T) {
	t.Parallel()
	denies := &wire.OpError{Server: "a:1", Op: "version", Err: &wire.ServerError{Code: "DENIED"}}
	for name, c := range map[string]struct {
		err  error
		used string
	}{
		"nothing is wrong": {nil, "a:1"},
		"it is lost":       {&wire.OpError{Server: "a:1", Op: "version", Err: wire.ErrClosed}, "b:1"},
		"it says no":       {errors.New("not this job"), ""},
		"it denies it":     {denies, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(map[string]func(net.Conn){"a:1": answers(hasExceptions, created), "b:1": answers(hasExceptions, created)})
				p, skipped := newPool(n)
				conn, handle, err := p.Submit(t.Context(), job(), []string{"dead:1", "a:1", "b:1"}, func(conn *wire.Conn) error {
					if conn.Server() == "a:1" {
						return c.err
					}
					return nil
				})
				if c.err != nil && !slices.Contains(n.closed(), "a:1 0") {
					t.Errorf("%v were closed, and not a:1, on which something is wrong", n.closed())
				}
				switch {
				case c.used == "":
					if err == nil || !errors.Is(err, c.err) || !strings.Contains(err.Error(), "dead:1") || MaybeSubmitted(err) || slices.Contains(n.opened(), "b:1 0") {
						t.Errorf("%v were asked: %v", n.opened(), err)
					}
				case err != nil || handle != "H:a:1" || conn.Server() != c.used:
					t.Errorf("got %q, %v, want the job on %s", handle, err, c.used)
				case len(*skipped) == 0 || !strings.Contains((*skipped)[0], "dead:1: connection refused -> "+c.used):
					t.Errorf("skipped: %v", *skipped)
				}
				p.Close()
				time.Sleep(time.Second)
			})
		})
	}
}

// TestNoOtherServerIsTriedAfterAnInterrupt, even if the first refused the job.
func TestNoOtherServerIsTriedAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		n := newNetwork(map[string]func(net.Conn){"b:1": answers(hasExceptions, created), "a:1": func(c net.Conn) {
			answers(hasExceptions, denied)(interrupting{c, stop})
		}})
		p, _ := newPool(n)
		if _, _, err := p.Submit(ctx, job(), []string{"a:1", "b:1"}, nil); err == nil || len(n.opened()) != 1 {
			t.Errorf("%v were asked: %v", n.opened(), err)
		}
		if diff := cmp.Diff([]string{"a:1 0"}, n.closed()); diff != "" {
			t.Errorf("a connection on which a job failed is used no more: closed -want +got\n%s", diff)
		}
		time.Sleep(time.Second)
	})
}

// interrupting interrupts the client right before a refusal is sent to it.
type interrupting struct {
	net.Conn
	stop func()
}

func (c interrupting) Write(p []byte) (int, error) {
	if bytes.Equal(p, denied) {
		c.stop()
	}
	return c.Conn.Write(p)
}

// TestAWitnessHasOneConnection: the one that broke is closed before there is another.
func TestAWitnessHasOneConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(map[string]func(net.Conn){"a:1": answers(echoed)})
		var w Witness
		for i, want := range []bool{false, true, false} { // the second echo is not answered
			if same, err := w.SameRun(t.Context(), n.dialer(), "a:1"); same != want || err != nil {
				t.Errorf("call %d: %v, %v, want %v", i+1, same, err, want)
			}
		}
		if len(n.opened()) != 2 || len(n.closed()) != 1 {
			t.Errorf("opened %v, closed %v", n.opened(), n.closed())
		}
		w.Close()
		if w.Close(); len(n.closed()) != 2 {
			t.Errorf("closed %v of %v", n.closed(), n.opened())
		}
		time.Sleep(time.Second)
	})
}
