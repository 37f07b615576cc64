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

// stalledSamples is the number of samples after the first within --stalled.
const stalledSamples = 10

// stalledQueue is a queue with workers and waiting jobs that has made no progress so far.
type stalledQueue struct {
	first, last wire.FunctionStatus
	neverRan    bool // no sample had running jobs
	active      bool // jobs were taken, but none was seen to finish
	workersLeft bool // the last worker disconnected meanwhile
}

// moves reports whether jobs finish: there are fewer than in the sample before. Jobs that arrive as fast as they finish hide
// that, which is why there are several samples. Taking a job proves nothing: a worker may die of it again and again.
func (q *stalledQueue) moves(now *wire.FunctionStatus) bool { return now.Total < q.last.Total }

// checkStalled samples the queues with workers and waiting jobs, and adds reasons for those that made no progress.
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

// dropMoving removes the queues that made progress, and those that are gone: gearmand forgets none by itself.
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
