package wire_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

// closings dials servers in memory that say nothing, and notes the numbers of the connections that are closed.
type closings struct {
	dialed int
	closed []string
}

func (c *closings) dial(_ context.Context, _, server string) (net.Conn, error) {
	c.dialed++
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		io.Copy(io.Discard, far)
	}()
	return &noticed{near, c, fmt.Sprintf("%s/%d", server, c.dialed)}, nil
}

type noticed struct {
	net.Conn
	c    *closings
	name string
}

func (n *noticed) Close() error {
	n.c.closed = append(n.c.closed, n.name)
	return n.Conn.Close()
}

// TestAnIdleConnectionIsUsedOnce, by the next dial of its server within three seconds; every other one is closed.
func TestAnIdleConnectionIsUsedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(closings)
		d := &wire.Dialer{NetDial: c.dial, Idle: new(wire.IdleConns)}
		open := func(server string) *wire.Conn { return dial(t, d, server) }
		keep := func(conns ...*wire.Conn) {
			for _, conn := range conns {
				conn.KeepIdle()
				conn.Close()
			}
		}
		check := func(what string, dialed int, closed ...string) {
			t.Helper()
			if diff := cmp.Diff(closed, c.closed); diff != "" || c.dialed != dialed {
				t.Errorf("%s: %d dialed, want %d; closed -want +got\n%s", what, c.dialed, dialed, diff)
			}
		}
		first := open("a:1")
		keep(first)
		check("it is kept", 1)
		if got := open("a:1"); got != first {
			t.Error("the connection that was kept is not used")
		}
		second := open("a:1")
		check("it is used by one", 2)
		keep(first, second)
		check("one is kept for a server", 2, "a:1/2")
		other := open("b:1")
		check("it is for its server", 3, "a:1/2")
		time.Sleep(3 * time.Second)
		if open("a:1") != first {
			t.Error("after three seconds it is not used")
		}
		keep(first)
		time.Sleep(3*time.Second + 1)
		third := open("a:1")
		check("it is too old", 4, "a:1/2", "a:1/1")
		third.Close()
		check("it was not to be kept again", 4, "a:1/2", "a:1/1", "a:1/4")
		fifth := open("a:1")
		keep(other, fifth)
		d.Idle.Close()
		if len(c.closed) != 5 {
			t.Errorf("of 5 connections these were closed at the end: %v", c.closed)
		}
		open("b:1").Close()
		if c.dialed != 6 || len(c.closed) != 6 {
			t.Errorf("%d dialed; closed %v", c.dialed, c.closed)
		}
		time.Sleep(time.Second)
	})
}

// TestAConnectionInUseIsNotKept: one that declared a function, or whose answers or requests are outstanding, would give them to the
// next user.
func TestAConnectionInUseIsNotKept(t *testing.T) {
	for name, use := range map[string]func(*wire.Conn){
		"a function":          func(c *wire.Conn) { c.BeginReleaseCheck(0); c.Flush() },
		"an answer is due":    func(c *wire.Conn) { c.Pipeline(wire.CommandStatus); c.Flush() },
		"a request is unsent": func(c *wire.Conn) { c.SetClientID("me") },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := new(closings)
			d := &wire.Dialer{NetDial: c.dial, Idle: new(wire.IdleConns)}
			conn := dial(t, d, "a:1")
			use(conn)
			conn.KeepIdle()
			conn.Close()
			if len(c.closed) != 1 {
				t.Errorf("%s: the connection is kept", name)
			}
			d.Idle.Close()
			time.Sleep(time.Second)
		})
	}
}
