package wire_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"gearctl/wire"
	"gearctl/wire/waittest"
)

// TestARequestThatCannotBeWrittenIsSafe, also on a connection that has been used: the job may go to another server.
func TestARequestThatCannotBeWrittenIsSafe(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]int{"first request": 0, "after another request": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			near, far := net.Pipe()
			d := &wire.Dialer{NetDial: func(context.Context, string, string) (net.Conn, error) { return near, nil }}
			c, err := d.Dial(t.Context(), "gm1:4730")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			done := make(chan error, 1)
			go func() {
				defer far.Close()
				for range before {
					echo := make([]byte, 12+len("x"))
					if _, err := io.ReadFull(far, echo); err != nil {
						done <- err
						return
					}
					copy(echo, "\x00RES\x00\x00\x00\x11")
					if _, err := far.Write(echo); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
			for range before {
				if err := c.Echo(t.Context(), []byte("x")); err != nil {
					t.Fatal(err)
				}
			}
			if err := waittest.Receive(t, "the server has closed the connection", done); err != nil {
				t.Fatal(err)
			}
			far.Close()
			_, err = c.Submit(t.Context(), &wire.Submission{Function: "q", Unique: "k", Workload: []byte("x"), Background: true})
			var op *wire.OpError
			if !errors.As(err, &op) || !op.Safe {
				t.Errorf("no byte of the job was written, and it must be safe to submit it elsewhere: %#v", err)
			}
		})
	}
}

// TestARequestWhoseEndCannotBeWrittenIsNotSafe: the server may have the job, or others that left with it.
func TestARequestWhoseEndCannotBeWrittenIsNotSafe(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	defer far.Close()
	go io.Copy(io.Discard, far)
	d := &wire.Dialer{NetDial: func(context.Context, string, string) (net.Conn, error) { return &oneWrite{Conn: near}, nil }}
	c, err := d.Dial(t.Context(), "gm1:4730")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Submit(t.Context(), &wire.Submission{Function: "q", Unique: "k", Workload: make([]byte, 1<<20), Background: true})
	var op *wire.OpError
	if !errors.As(err, &op) || op.Safe {
		t.Errorf("a part of the job was written, and it may not be submitted elsewhere: %#v", err)
	}
}

// oneWrite is a connection on which a single write succeeds.
type oneWrite struct {
	net.Conn
	written bool
}

func (c *oneWrite) Write(p []byte) (int, error) {
	if c.written {
		return 0, errors.New("connection reset by peer")
	}
	c.written = true
	return c.Conn.Write(p)
}
