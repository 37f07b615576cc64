package wire_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver"
)

var errGuarded = errors.New("guarded")

// TestAGuardLetsRequestsThatOnlyReadPass, and refuses all others before they are sent, with its own error.
func TestAGuardLetsRequestsThatOnlyReadPass(t *testing.T) {
	addr := embedded(t, jobserver.Options{})
	var mu sync.Mutex
	var sent, asked []string
	d := &wire.Dialer{
		Guard: func(server, request string) error {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, server+" "+request)
			return errGuarded
		},
		Trace: func(e wire.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.Sent {
				sent = append(sent, e.Text)
			}
		},
	}
	for name, f := range map[string]func(context.Context, *wire.Conn) error{
		"status":         func(ctx context.Context, c *wire.Conn) error { _, err := c.Status(ctx); return err },
		"workers":        func(ctx context.Context, c *wire.Conn) error { _, err := c.Workers(ctx); return err },
		"version":        func(ctx context.Context, c *wire.Conn) error { _, err := c.Version(ctx); return err },
		"show jobs":      func(ctx context.Context, c *wire.Conn) error { _, err := c.JobTotals(ctx); return err },
		"prioritystatus": func(ctx context.Context, c *wire.Conn) error { _, err := c.PriorityStatus(ctx); return err },
		"ECHO_REQ":       func(ctx context.Context, c *wire.Conn) error { return c.Echo(ctx, []byte("x")) },
	} {
		_, err := wire.WithConn(t.Context(), d, addr, func(ctx context.Context, c *wire.Conn) (any, error) { return nil, f(ctx, c) })
		if err != nil || len(asked) > 0 {
			t.Errorf("%s only reads: got %v, guard asked about %q", name, err, asked)
		}
	}
	read := len(sent)
	for name, f := range map[string]func(context.Context, *wire.Conn) error{
		"create function x": func(ctx context.Context, c *wire.Conn) error { return c.CreateFunction(ctx, "x") },
		"drop function x":   func(ctx context.Context, c *wire.Conn) error { return c.DropFunction(ctx, "x") },
		"maxqueue x 1":      func(ctx context.Context, c *wire.Conn) error { return c.MaxQueue(ctx, "x", 1) },
		"getpid": func(ctx context.Context, c *wire.Conn) error {
			return c.Raw(ctx, "getpid", func([]byte) error { return nil })
		},
		"SUBMIT_JOB_BG": func(ctx context.Context, c *wire.Conn) error {
			_, err := c.Submit(ctx, &wire.Submission{Function: "x", Background: true})
			return err
		},
		"CAN_DO": func(ctx context.Context, c *wire.Conn) error {
			_, err := c.Take(ctx, &wire.Take{Function: "x", Job: func(wire.Job) error { return nil }})
			return err
		},
		"SET_CLIENT_ID": func(_ context.Context, c *wire.Conn) error {
			c.SetClientID("x")
			return c.Flush()
		},
	} {
		asked = nil
		_, err := wire.WithConn(t.Context(), d, addr, func(ctx context.Context, c *wire.Conn) (any, error) { return nil, f(ctx, c) })
		if !errors.Is(err, errGuarded) || !slices.Contains(asked, addr+" "+name) {
			t.Errorf("%s: got %v, guard asked about %q", name, err, asked)
		}
	}
	for _, text := range sent[read:] {
		if text != "status" && text != "version" {
			t.Errorf("%q was sent to a server that is guarded", text)
		}
	}
}

// TestAGuardIsAskedOnceForAConnection that it allows.
func TestAGuardIsAskedOnceForAConnection(t *testing.T) {
	addr := embedded(t, jobserver.Options{})
	n := 0
	d := &wire.Dialer{Guard: func(string, string) error { n++; return nil }}
	_, err := wire.WithConn(t.Context(), d, addr, func(ctx context.Context, c *wire.Conn) (any, error) {
		for _, name := range []string{"a", "b", "c"} {
			if err := c.CreateFunction(ctx, name); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil || n != 1 {
		t.Errorf("got %v, and the guard was asked %d times, want once", err, n)
	}
}

// TestAServerMayHaveATimeoutOfItsOwn, in place of the general one.
func TestAServerMayHaveATimeoutOfItsOwn(t *testing.T) {
	silent, other := listen(t).Addr().String(), listen(t).Addr().String()
	d := &wire.Dialer{Timeout: time.Minute, ServerTimeout: map[string]time.Duration{silent: 20 * short, other: 0}}
	within(t, prompt, func() {
		_, err := wire.WithConn(t.Context(), d, silent, func(ctx context.Context, c *wire.Conn) (string, error) { return c.Version(ctx) })
		if !errors.Is(err, wire.ErrSilent) {
			t.Errorf("got %v, want %v", err, wire.ErrSilent)
		}
	})
}
