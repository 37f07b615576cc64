package servertest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

func TestAFleetInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		f := servertest.StartFleet(t, servertest.FleetOptions{
			Network: network, Servers: 5, Queues: 3, Silent: 1, Slow: 1, Delay: time.Second,
			Waiting: func(server, queue int) int { return server * queue },
			Workers: func(_, queue int) int { return queue },
		})
		start := time.Now()
		d := &wire.Dialer{NetDial: network.Dial}
		wire.FanOutEach(t.Context(), d, f.Addrs(), func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
			return c.Status(ctx)
		}, func(i int, r wire.Result[wire.Listing[wire.FunctionStatus]]) {
			s, took := f.Servers[i], time.Since(start)
			switch {
			case s.Silent:
				if !errors.Is(r.Err, wire.ErrSilent) {
					t.Errorf("%s: %v", s.Name, r.Err)
				}
				return
			case r.Err != nil || len(r.Value.Rows) != 3 || s.Slow != (took >= time.Second):
				t.Errorf("%s after %v: %v, %v", s.Name, took, r.Value.Rows, r.Err)
				return
			}
			for _, q := range r.Value.Rows {
				if q.Function == servertest.FleetQueue(2) && (q.Waiting() != int64(2*i) || q.Workers != 2) {
					t.Errorf("%s: %+v, want %d waiting and 2 workers", s.Name, q, 2*i)
				}
			}
		})
	})
}
