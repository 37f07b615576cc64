package wire_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// farServer starts the embedded server at the other end of a link, without a network and inside a synctest bubble, and
// returns how to reach it.
func farServer(t *testing.T, l *gearmandtest.Link) *wire.Dialer {
	t.Helper()
	listener, netDial := l.Memory()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- jobserver.New(jobserver.Options{}).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		waittest.Receive(t, "the embedded server ends", served)
		time.Sleep(time.Hour) // of the bubble's time: what is on its way arrives
	})
	return &wire.Dialer{NetDial: netDial}
}

// enqueue puts n jobs into the queue q.
func enqueue(t *testing.T, c *wire.Conn, n int64) {
	t.Helper()
	s := wire.NewSubmitter(t.Context(), c, int(n), func(wire.SubmitResult) error { return nil })
	for i := range n {
		if err := s.Send(&wire.Submission{Function: "q", Unique: fmt.Sprint(i), Workload: []byte("w"), Background: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
