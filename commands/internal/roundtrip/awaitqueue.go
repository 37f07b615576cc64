package roundtrip

import (
	"context"
	"errors"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// queueInterval is how often a server that does not have the queue of a check is asked whether a worker has come.
const queueInterval = 250 * time.Millisecond

// awaitQueue waits until a server has the queue of the check: a check for any other queue would create it, and nothing but
// dropping it, which destroys what others may have submitted meanwhile, would remove it again.
func (t *roundTrip) awaitQueue(ctx context.Context, c *wire.Conn) error {
	for !t.checker.known[c.Server()] {
		s, err := t.askQueues(ctx, c)
		switch {
		case err != nil && !t.since.IsZero() && t.left() <= 0: // the server was silent until the end
		case servers.IsRefusal(err): // it cannot say
			return nil
		case err != nil:
			return err
		case s.Queue(t.report.Queue) != nil:
			t.checker.known[c.Server()] = true
			return nil
		}
		if t.since.IsZero() {
			t.since = t.checker.client.Now()
			t.logNoWorker(c.Server())
		}
		if t.left() <= 0 || !cmderr.Pause(ctx, min(queueInterval, t.left())) {
			t.report.Server, t.outcome.queuedIn = c.Server(), new(wire.FunctionStatus)
			waited := min(t.checker.wait, t.checker.client.Now().Sub(t.since))
			return errors.New(t.outcome.cause(c.Server(), t.report.Queue, waited, t.checker.template.KeyOf(c.Server())))
		}
	}
	return nil
}

// askQueues asks for the queues, once it waits for one until the end of that at most.
func (t *roundTrip) askQueues(ctx context.Context, c *wire.Conn) (*servers.Snapshot, error) {
	if !t.since.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, max(t.left(), 0), cmderr.ErrWaitedEnough)
		defer cancel()
	}
	return servers.AskQueues(ctx, c)
}

func (t *roundTrip) logNoWorker(server string) {
	if t.checker.LogProgress {
		t.checker.client.Log.Info("queue %s on %s has no worker; waiting for one", t.report.Queue, server)
	}
}
