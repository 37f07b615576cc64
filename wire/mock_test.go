package wire_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"gearctl/wire"
	"gearctl/wire/waittest"
)

// A mock is a server that follows a script: it expects exact bytes and replies bytes. It fails the test at the first
// byte that differs, and when there is more than the script wants.

// step is one thing that the mock does. An error ends its script and the test fails.
type step func(nc net.Conn) error

// play returns a Dialer whose connections all lead to one mock that goes through steps, and then waits until the
// client closes. The test ends when the mock has.
func play(t testing.TB, steps ...step) *wire.Dialer {
	t.Helper()
	client, server := net.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer server.Close()
		for i, s := range steps {
			if err := s(server); err != nil {
				t.Errorf("mock, step %d: %v", i+1, err)
				return
			}
		}
		if left, _ := io.ReadAll(server); len(left) > 0 {
			t.Errorf("mock: left over at the end: %.300q", left)
		}
	}()
	t.Cleanup(func() {
		client.Close()
		waittest.Receive(t, "the mock has gone through its script, which waits for the client", ended)
	})
	return &wire.Dialer{NetDial: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
}

// mock is play with a connection to the mock.
func mock(t testing.TB, steps ...step) *wire.Conn {
	t.Helper()
	return dial(t, play(t, steps...), "mock:4730")
}

// impatientMock is mock with a short Timeout.
func impatientMock(t testing.TB, steps ...step) *wire.Conn {
	t.Helper()
	d := play(t, steps...)
	d.Timeout = short
	return dial(t, d, "mock:4730")
}

// expects reads parts, byte by byte.
func expects(parts ...[]byte) step {
	want := join(parts...)
	return func(nc net.Conn) error {
		got := make([]byte, 1)
		for i := range want {
			if _, err := io.ReadFull(nc, got); err != nil {
				return fmt.Errorf("after %.300q: %w, want %.300q", want[:i], err, want[i:])
			}
			if got[0] != want[i] {
				return fmt.Errorf("after %.300q: got %q, want %.300q", want[:i], got, want[i:])
			}
		}
		return nil
	}
}

// replies writes parts at once.
func replies(parts ...[]byte) step {
	return func(nc net.Conn) error {
		_, err := nc.Write(join(parts...))
		return err
	}
}

// repliesSplit writes b in two pieces.
func repliesSplit(b []byte, at int) step {
	return func(nc net.Conn) error {
		for _, part := range [][]byte{b[:at], b[at:]} {
			if len(part) == 0 {
				continue
			}
			if _, err := nc.Write(part); err != nil {
				return err
			}
		}
		return nil
	}
}

// repliesUntilClosed writes b again and again.
func repliesUntilClosed(b []byte) step {
	return func(nc net.Conn) error {
		for {
			if _, err := nc.Write(b); err != nil {
				return nil
			}
		}
	}
}

// ignoresTheRest reads until the client closes.
func ignoresTheRest(nc net.Conn) error {
	io.Copy(io.Discard, nc)
	return nil
}

// hangsUp closes the connection.
func hangsUp(nc net.Conn) error { return nc.Close() }

// does calls f.
func does(f func()) step {
	return func(net.Conn) error {
		f()
		return nil
	}
}

// handsOut answers grabs with n jobs, then with NO_JOB.
func handsOut(n int) step {
	return func(nc net.Conn) error {
		given := 1
		if _, err := nc.Write(assigns(1)); err != nil {
			return err
		}
		r := wire.NewReader(nc)
		for open := 0; ; {
			p, _, err := r.ReadPacket()
			if err != nil || p.Type != wire.GrabJobUniq {
				return err
			}
			if open++; r.Buffered() > 0 {
				continue
			}
			var answer []byte
			for ; open > 0; open-- {
				if given++; given <= n {
					answer = append(answer, assigns(given)...)
				} else {
					answer = append(answer, none...)
				}
			}
			if _, err := nc.Write(answer); err != nil {
				return err
			}
		}
	}
}
