package roundtrip

import (
	"context"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// lookEvery is how often a server is asked what became of a check.
const lookEvery = 100 * time.Millisecond

// jobLook is what a server said of a job.
type jobLook struct {
	at    time.Time
	state wire.JobState
	queue *wire.FunctionStatus // asked for once, while the job waits; nil: not asked
	err   error                // the connection's: no look follows
}

// watch looks after the job, and sends what it sees, until ctx ends or the connection fails. It reports whether the
// connection is still good.
func (t *roundTrip) watch(ctx context.Context, looks chan<- jobLook) bool {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	asked := false
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return true
		}
		l := t.lookAtJob(ctx, t.conn)
		if l.err == nil && l.state.Known && !l.state.Running && !asked {
			asked = true
			l.queue, l.err = servers.AskQueue(ctx, t.conn, t.row.Queue)
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

func (t *roundTrip) lookAtJob(ctx context.Context, c *wire.Conn) jobLook {
	s, err := c.JobStatus(ctx, t.handle)
	return jobLook{at: t.checker.client.Now(), state: s, err: err}
}
