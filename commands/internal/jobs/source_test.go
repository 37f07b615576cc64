package jobs

import (
	"testing"
	"testing/synctest"

	"gearctl/wire"
)

// TestAConnectionIsFreeWhenTheCheckHasEnded: until then the check removes its test job on it.
func TestAConnectionIsFreeWhenTheCheckHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Source{conn: new(wire.Conn), free: make(chan struct{})}
		got := make(chan *wire.Conn, 1)
		go func() { got <- s.Conn() }()
		if synctest.Wait(); len(got) > 0 {
			t.Error("the connection was given away before the check had ended")
		}
		close(s.free)
		if <-got != s.conn {
			t.Error("it is another connection")
		}
	})
}
