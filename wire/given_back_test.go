package wire_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/waittest"
)

// closing notes how many connections of a Dialer were opened, and how many of them are open.
type closing struct {
	mu         sync.Mutex
	ever, open int
}

func (n *closing) dialer() *wire.Dialer {
	return &wire.Dialer{NetDial: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		n.add(1, 1)
		return &closingConn{c, sync.OnceFunc(func() { n.add(0, -1) })}, nil
	}}
}

func (n *closing) add(ever, open int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ever, n.open = n.ever+ever, n.open+open
}

type closingConn struct {
	net.Conn
	closed func()
}

func (c *closingConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// TestASecondFunctionHasAConnectionOfItsOwn, which is closed afterwards.
func TestASecondFunctionHasAConnectionOfItsOwn(t *testing.T) {
	addr := embedded(t, jobserver.Options{})
	fill(t, addr, "a", 2)
	fill(t, addr, "b", 2)
	var n closing
	c := dial(t, n.dialer(), addr)
	for i, function := range []string{"a", "b", "a"} {
		if taken, err := c.Take(t.Context(), &wire.Take{Function: function, Job: func(wire.Job) error { return nil }}); err != nil || i < 2 && taken.Acknowledged != 2 {
			t.Errorf("%s: %+v, %v", function, taken, err)
		}
	}
	if n.ever != 2 || n.open != 1 {
		t.Errorf("%d connections were opened, and %d are open", n.ever, n.open)
	}
}

// TestTheContextOfASubmitterEndsWithIt: what is done on the connection later is not stopped by it.
func TestTheContextOfASubmitterEndsWithIt(t *testing.T) {
	c := dial(t, &wire.Dialer{}, embedded(t, jobserver.Options{}))
	ctx, cancel := context.WithCancel(t.Context())
	s := wire.NewSubmitter(ctx, c, 0, func(wire.SubmitResult) error { return nil })
	if err := s.Send(&wire.Submission{Function: "q", Background: true}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := c.Echo(t.Context(), []byte("x")); err != nil {
		t.Error(err)
	}
}

// TestMoreJobsThanMayBeHeldAreAcknowledged, even if that is not due.
func TestMoreJobsThanMayBeHeldAreAcknowledged(t *testing.T) {
	addr := embedded(t, jobserver.Options{})
	fill(t, addr, "q", 7)
	c, syncs := dial(t, &wire.Dialer{}, addr), 0
	waittest.Return(t, "the jobs are taken", func() {
		n, err := c.Take(t.Context(), &wire.Take{
			Function: "q", MaxUnacked: 2, Window: 1, Job: func(wire.Job) error { return nil },
			Sync: func() error { syncs++; return nil }, AckDue: func() bool { return false },
		})
		if err != nil || n.Acknowledged != 7 || syncs < 3 {
			t.Errorf("%+v after %d syncs: %v", n, syncs, err)
		}
	})
}
