package roundtrip

import (
	"context"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// pollInterval is how often a server is asked what became of a check.
const pollInterval = 100 * time.Millisecond

// observation is what a server said of a job.
type observation struct {
	at    time.Time
	state wire.JobState
	queue *wire.FunctionStatus // asked for once, while the job waits; nil: not asked
	err   error                // the connection's: no look follows
}

// watch looks after the job, and sends what it sees, until ctx ends or the connection fails. It reports whether the
// connection is still good.
func (t *roundTrip) watch(ctx context.Context, looks chan<- observation) bool {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	asked := false
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return true
		}
		l := t.poll(ctx, t.conn)
		if l.err == nil && l.state.Known && !l.state.Running && !asked {
			asked = true
			l.queue, l.err = servers.AskQueue(ctx, t.conn, t.report.Queue)
		}
		select {
		case looks <- l:
		case <-ctx.Done():
		}
		if l.err != nil {
			return false
		}
	}
}

func (t *roundTrip) poll(ctx context.Context, c *wire.Conn) observation {
	s, err := c.JobStatus(ctx, t.handle)
	return observation{at: t.checker.client.Now(), state: s, err: err}
}
