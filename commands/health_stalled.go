package commands

import (
	"context"
	"time"

	"gearctl/output"
	"gearctl/wire"
)

// stalledLooks is how many looks follow the first within --stalled.
const stalledLooks = 10

// stalledQueue is a queue with workers in which jobs wait, and which has not moved so far.
type stalledQueue struct {
	first, last wire.FunctionStatus
	idle        bool // nothing was running at any look
	left        bool // its workers went away meanwhile
}

// moves reports whether a look proves that somebody takes or ends jobs. A job that is taken makes one fewer wait and
// one more run, a job that ends makes one fewer run: that they arrive as fast as they end is not seen as long as both
// numbers stay where they are, which is why there are several looks.
func (q *stalledQueue) moves(now *wire.FunctionStatus) bool {
	return now == nil || now.Waiting() < q.last.Waiting() || now.Running != q.last.Running
}

// lookForStalled looks again and again, for --stalled, at the queues that have workers and waiting jobs, and names those
// that did not move.
func (v *healthVisit) lookForStalled(ctx context.Context, c *wire.Conn, s *healthServer, list []wire.FunctionStatus) {
	still := map[string]*stalledQueue{}
	for _, q := range list {
		if q.Workers > 0 && q.Waiting() > 0 && v.o.matcher.match(q.Function) && !v.rules.excludes(q.Function) {
			still[q.Function] = &stalledQueue{first: q, last: q, idle: q.Running == 0}
		}
	}
	for range stalledLooks {
		if len(still) == 0 {
			return
		}
		if !pause(ctx, v.o.stalled/stalledLooks) {
			v.fail(s, "", context.Cause(ctx))
			return
		}
		now, err := c.Status(ctx)
		if err != nil {
			v.fail(s, "", err)
			return
		}
		stillWhere(still, now.Rows)
	}
	for _, q := range list { // in the order of the server
		if q := still[q.Function]; q != nil {
			v.sayStalled(s, q)
		}
	}
}

// stillWhere drops the queues that have moved.
func stillWhere(still map[string]*stalledQueue, now []wire.FunctionStatus) {
	for name, q := range still {
		f := findQueue(now, name)
		if q.moves(f) {
			delete(still, name)
			continue
		}
		q.last, q.left = *f, f.Workers == 0
	}
}

func (v *healthVisit) sayStalled(s *healthServer, q *stalledQueue) {
	waited := shortDuration(v.o.stalled.Round(time.Millisecond))
	workers := output.Plural(q.last.Workers, "worker", "workers")
	switch {
	case q.left:
		s.add(stateCritical, q.last.Function, "%s without any worker: the last one left meanwhile", waitingJobs(q.last.Waiting()))
		return
	case q.idle:
		s.add(stateCritical, q.last.Function, "stalled: %s for %s, none of the %s took one", waitingJobs(q.last.Waiting()), waited, workers)
		return
	}
	s.add(stateWarning, q.last.Function, "stalled: %s then %s waiting after %s, with %s running all the time and %s",
		output.Count(q.first.Waiting()), output.Count(q.last.Waiting()), waited, output.Count(q.last.Running), workers)
}
