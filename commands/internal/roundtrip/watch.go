package roundtrip

import (
	"context"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// pollInterval is how often the server is asked for the state of a job.
const pollInterval = 100 * time.Millisecond

// observation is what a server reported about a job.
type observation struct {
	at    time.Time
	state wire.JobState
	queue *wire.FunctionStatus // asked for once, while the job waits; nil: not asked
	err   error                // of the connection: the last observation
}

// watch polls the job and sends what it observes, until ctx ends or the connection fails. It reports whether the
// connection is still usable.
func (t *roundTrip) watch(ctx context.Context, observations chan<- observation) bool {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	asked := false
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return true
		}
		o := t.poll(ctx, t.conn)
		if o.err == nil && o.state.Known && !o.state.Running && !asked {
			asked = true
			o.queue, o.err = servers.AskQueue(ctx, t.conn, t.report.Queue)
		}
		select {
		case observations <- o:
		case <-ctx.Done():
		}
		if o.err != nil {
			return false
		}
	}
}

func (t *roundTrip) poll(ctx context.Context, c *wire.Conn) observation {
	s, err := c.JobStatus(ctx, t.handle)
	return observation{at: t.checker.client.Now(), state: s, err: err}
}
