package roundtrip

import (
	"errors"
	"testing"
	"time"

	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestAQueueOfABrokenConnectionIsRemoved: a connection that breaks may leave the private queue of a check, so that another one
// looks.
func TestAQueueOfABrokenConnectionIsRemoved(t *testing.T) {
	t.Parallel()
	addr, queue := servertest.Embedded(t), "gearctl_check_lab"
	l := &listener{client: &connect.Client{Dialer: new(wire.Dialer), ID: "lab", Now: time.Now}, server: addr}
	if err := l.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	servertest.Submit(t, addr, queue, "a late result")
	l.conn.Close()
	err := l.closeIfBroken(l.conn.Echo(t.Context(), []byte("is it?")))
	if op := new(wire.OpError); !errors.As(err, &op) {
		t.Fatalf("the connection is closed, and works: %v", err)
	}
	if !l.removeQueue(t.Context(), queue, true) {
		t.Error("it reports that the queue is not removed")
	}
	l.close()
	servertest.NoPrivateQueues(t, addr)
}
