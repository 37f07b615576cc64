package jobs

import (
	"slices"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// queuePriorities tells the priorities of a queue's jobs in the order in which they are handed out, which is by priority.
// A nil one knows none.
type queuePriorities struct {
	high, normal, low int64  // jobs that stood there when we began
	highWater         uint64 // the number of a handle younger than all of those
	seen              int64  // of them
}

// serverPriorities are the priorities of the jobs that wait in the queues of a server. A nil one knows none.
type serverPriorities struct {
	byQueue map[string]*queuePriorities
}

// of returns those of a queue, nil when they are not known.
func (s *serverPriorities) of(queue string) *queuePriorities {
	if s == nil {
		return nil
	}
	return s.byQueue[queue]
}

// PrioritiesUsable reports whether the jobs of queues can be told apart by their order, so that it helps to know how many of
// each priority wait. It does not where others work on the queues, or the server counts wrong.
func PrioritiesUsable(version servers.Version, queues ...servers.Queue) bool {
	return version.CountsPriorities() && slices.ContainsFunc(queues, func(q servers.Queue) bool {
		return q.Waiting() > 0 && q.Running == 0 && q.Workers == 0
	})
}

// readPriorities reads what a server was asked once: its jobs by priority, then the proof, whose job marks the time, then its
// queues. It says that it was asked. Nothing is known, and nil returned, when jobs are cancelled, which are counted and not
// handed out.
func readPriorities(log cmderr.Log, mark *wire.ReleaseCheck, s *servers.Snapshot, totals wire.JobTotals) *serverPriorities {
	log.Info("%s: queried waiting jobs by priority once (prioritystatus); --priorities=lose does not", mark.Server())
	number, err := mark.HighWaterMark()
	if err != nil || totals.Ignored > 0 {
		return nil
	}
	known := &serverPriorities{byQueue: map[string]*queuePriorities{}}
	for _, p := range s.Priorities.Rows {
		// As many as then: nothing came in between, and the counts are those at the mark.
		if q := s.Queue(p.Function); q != nil && q.Workers+q.Running == 0 && q.Total == p.High+p.Normal+p.Low {
			known.byQueue[p.Function] = &queuePriorities{high: p.High, normal: p.Normal, low: p.Low, highWater: number}
		}
	}
	return known
}

// next returns the priority of the next job, or PriorityUnknown: of a job that came after we had asked nobody knows it.
func (p *queuePriorities) next(handle []byte) wire.Priority {
	if p == nil {
		return wire.PriorityUnknown
	}
	if n, ok := wire.HandleNumber(handle); !ok || n > p.highWater {
		return wire.PriorityUnknown
	}
	p.seen++
	switch {
	case p.seen <= p.high:
		return wire.PriorityHigh
	case p.seen <= p.high+p.normal:
		return wire.PriorityNormal
	case p.seen <= p.high+p.normal+p.low:
		return wire.PriorityLow
	}
	return wire.PriorityUnknown
}

// missing returns how many jobs were counted and not handed out: other workers took them, or they are for later.
func (p *queuePriorities) missing() int64 {
	if p == nil {
		return 0
	}
	return p.high + p.normal + p.low - p.seen
}

// PriorityFinder tells the priorities of a queue's jobs: by their place in the queue, else by what the module would give
// a job of its kind.
type PriorityFinder struct {
	order   *queuePriorities
	keys    []modgearman.Key
	unknown int64 // jobs whose priority nobody knows
	ignored int64 // cancelled jobs of the server, which hide it
}

func NewPriorityFinder(known *serverPriorities, queue string, totals wire.JobTotals, keys []modgearman.Key) *PriorityFinder {
	return &PriorityFinder{order: known.of(queue), keys: keys, ignored: totals.Ignored}
}

// ByPosition returns the priority that a job has by its place in the queue, if that is known. It must be called for every job.
func (f *PriorityFinder) ByPosition(handle []byte) wire.Priority { return f.order.next(handle) }

// Find returns the priority of a job by its place, else by its kind, if either is known.
func (f *PriorityFinder) Find(place wire.Priority, data []byte) wire.Priority {
	if place == wire.PriorityUnknown && len(f.keys) > 0 {
		place = priorityOfKind(data, f.keys)
	}
	if place == wire.PriorityUnknown {
		f.unknown++
	}
	return place
}

// priorityOfKind returns the priority that the module gives a job, if it can be decoded.
func priorityOfKind(data []byte, keys []modgearman.Key) wire.Priority {
	p, err := modgearman.Decode(data, keys...)
	if err != nil || p.Kind == modgearman.KindUnknown {
		return wire.PriorityUnknown
	}
	return p.Kind.Priority(false)
}

// Report says what is not known of the jobs of a queue, of which whole says that all were asked for.
func (f *PriorityFinder) Report(log cmderr.Log, queue, server string, whole bool) {
	const unknown = "%s on %s: could not determine the priority of %s: normal from now on"
	jobs := output.Plural(f.unknown, "job", "jobs")
	switch {
	case f.unknown > 0 && f.ignored > 0:
		log.Info(unknown+": the server has %s; next time run first: %s", queue, server, jobs,
			output.Plural(f.ignored, "cancelled job", "cancelled jobs"), cmderr.Try("queue", "gc").On(server))
	case f.unknown > 0:
		log.Info(unknown, queue, server, jobs)
	}
	if n := f.order.missing(); whole && n > 0 {
		log.Info("%s on %s: %s fewer than counted: the priorities of the others may be wrong", queue, server, output.Plural(n, "job", "jobs"))
	}
}
