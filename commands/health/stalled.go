package health

import (
	"context"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// stalledSamples is how many looks follow the first within --stalled.
const stalledSamples = 10

// stalledQueue is a queue with workers in which jobs wait, and which has not moved so far.
type stalledQueue struct {
	first, last wire.FunctionStatus
	neverRan    bool // nothing was running at any look
	active      bool // jobs were taken, and none was seen to end
	workersLeft bool // its workers went away meanwhile
}

// moves reports whether a look proves that jobs end: there are fewer than at the look before. That they arrive as fast as
// they end is not seen, which is why there are several looks. A job that is only taken, as by a worker that dies of it
// again and again, is no end.
func (q *stalledQueue) moves(now *wire.FunctionStatus) bool { return now.Total < q.last.Total }

// checkStalled looks again and again, for --stalled, at the queues that have workers and waiting jobs, and names those
// that did not move.
func (v *inspection) checkStalled(ctx context.Context, c *wire.Conn, s *serverResult, list []wire.FunctionStatus) {
	still := map[string]*stalledQueue{}
	for _, q := range list {
		if q.Workers > 0 && q.Waiting() > 0 && v.wants(q.Function) {
			still[q.Function] = &stalledQueue{first: q, last: q, neverRan: q.Running == 0}
		}
	}
	start := v.env.Now()
	for i := range stalledSamples {
		if len(still) == 0 {
			return
		}
		if !cmderr.Pause(ctx, start.Add(v.o.stalled/stalledSamples*time.Duration(i+1)).Sub(v.env.Now())) {
			v.fail(s, "", context.Cause(ctx))
			return
		}
		now, err := servers.AskQueues(ctx, c)
		if err != nil {
			v.fail(s, "", err)
			return
		}
		s.addUnreadable("status", now.Bad())
		if len(now.Bad()) > 0 {
			return
		}
		v.dropMoving(s, still, now.Queues.Rows)
	}
	for _, q := range list { // in the order of the server
		if q := still[q.Function]; q != nil {
			v.reportStalled(s, q)
		}
	}
}

// dropMoving drops the queues that have moved, and those that are gone: gearmand forgets none by itself.
func (v *inspection) dropMoving(s *serverResult, still map[string]*stalledQueue, now []wire.FunctionStatus) {
	for name, q := range still {
		f := servers.FindQueue(now, name)
		switch {
		case f == nil:
			s.add(nagios.StateUnknown, name, "jobs waited, then the queue disappeared: the server was restarted or the queue dropped")
			delete(still, name)
		case q.moves(f):
			delete(still, name)
		default:
			q.active = q.active || f.Waiting() < q.last.Waiting() || f.Running != q.last.Running
			q.neverRan = q.neverRan && f.Running == 0
			q.last, q.workersLeft = *f, f.Workers == 0
		}
	}
}

func (v *inspection) reportStalled(s *serverResult, q *stalledQueue) {
	waited := cmderr.ShortDuration(v.o.stalled.Round(time.Millisecond))
	workers := output.Plural(q.last.Workers, "worker", "workers")
	switch {
	case q.workersLeft:
		s.add(nagios.StateCritical, q.last.Function, "%s without a worker: the last one disconnected meanwhile", waitingJobs(q.last.Waiting()))
		return
	case q.active:
		s.add(nagios.StateWarning, q.last.Function, "stalled: %s then %s waiting after %s: %s took jobs but none finished",
			output.Count(q.first.Waiting()), output.Count(q.last.Waiting()), waited, workers)
		return
	case q.neverRan:
		s.add(nagios.StateCritical, q.last.Function, "stalled: %s for %s, none of the %s took a job", waitingJobs(q.last.Waiting()), waited, workers)
		return
	}
	s.add(nagios.StateWarning, q.last.Function, "stalled: %s then %s waiting after %s, with %s running throughout and %s",
		output.Count(q.first.Waiting()), output.Count(q.last.Waiting()), waited, output.Count(q.last.Running), workers)
}
