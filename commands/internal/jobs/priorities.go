package jobs

import (
	"slices"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// queuePriorities derives the priorities of a queue's jobs from the order in which they are handed out, which is by
// priority. A nil one knows none.
type queuePriorities struct {
	high, normal, low int64        // jobs that waited when the counts were taken
	highWater         uint64       // handle numbers above it are of jobs that came later
	gaps              bool         // jobs for later, counted as normal, may be missing in front of low ones
	held              *heldNumbers // from HoldFirst; nil: none
	seen              int64        // jobs of those counted
}

// serverPriorities has the counts of a server's queues.
type serverPriorities map[string]*queuePriorities

// PrioritiesUsable reports whether counts by priority would show the priority of jobs of queues: not if all of the queues
// have workers, or if the server counts wrong.
func PrioritiesUsable(version servers.Version, queues ...servers.Queue) bool {
	return version.CountsPriorities() && slices.ContainsFunc(queues, func(q servers.Queue) bool {
		return q.Waiting() > 0 && q.Running == 0 && q.Workers == 0
	})
}

// readPriorities combines the answers of a server of that version: its jobs by priority, then the release check, whose job marks the time,
// then its queues. It is nil when the server has cancelled jobs, which are counted but never handed out.
func readPriorities(log cmderr.Log, check *wire.ReleaseCheck, version servers.Version, s *servers.Snapshot, totals wire.JobTotals) serverPriorities {
	log.Info("%s: sent prioritystatus once to keep the priorities of waiting jobs; --priorities=lose skips it", check.Server())
	highWater, err := check.HighWaterMark()
	if err != nil || totals.Ignored > 0 {
		return nil
	}
	known := serverPriorities{}
	for _, p := range s.Priorities.Rows {
		// With equal totals no job came in between, and the counts are those at the mark.
		if q := s.Queue(p.Function); q != nil && q.Workers+q.Running == 0 && q.Total == p.High+p.Normal+p.Low {
			known[p.Function] = &queuePriorities{high: p.High, normal: p.Normal, low: p.Low, highWater: highWater, gaps: !version.FutureHidesLow()}
		}
	}
	return known
}

// next returns the priority of the next job, PriorityUnknown for one that came after the counts were taken, and for one whose
// position does not show it.
func (p *queuePriorities) next(handle []byte) wire.Priority {
	if p == nil {
		return wire.PriorityUnknown
	}
	n, ok := wire.HandleNumber(handle)
	if !ok || n > p.highWater {
		return wire.PriorityUnknown
	}
	p.seen++
	switch {
	case p.held != nil:
		return p.held.priority(n)
	case p.seen <= p.high:
		return wire.PriorityHigh
	case p.seen <= p.high+p.normal && p.needsHold():
		return wire.PriorityUnknown
	case p.seen <= p.high+p.normal:
		return wire.PriorityNormal
	case p.seen <= p.high+p.normal+p.low:
		return wire.PriorityLow
	}
	return wire.PriorityUnknown
}

// missing returns how many jobs were counted but not handed out: taken by other workers, or scheduled for later.
func (p *queuePriorities) missing() int64 {
	if p == nil || p.held != nil {
		return 0
	}
	return p.high + p.normal + p.low - p.seen
}

// PriorityFinder finds the priorities of a queue's jobs: by their position in the queue, else by what the Mod-Gearman module
// gives a job of that kind.
type PriorityFinder struct {
	order   *queuePriorities
	keys    []modgearman.Key
	unknown int64 // jobs whose priority is not known
	ignored int64 // cancelled jobs of the server, which make counts useless
}

// NewPriorityFinder returns the finder for a queue of src. keys decode its jobs, if any are given.
func NewPriorityFinder(src *Source, queue string, keys []modgearman.Key) *PriorityFinder {
	return &PriorityFinder{order: src.priorities[queue], keys: keys, ignored: src.totals.Ignored}
}

// ByPosition returns the priority of the next job by its position in the queue. It must be called for every job, in order.
func (f *PriorityFinder) ByPosition(handle []byte) wire.Priority { return f.order.next(handle) }

// Find returns the priority of a job: the one by position if known, else the one of its kind, else PriorityUnknown.
func (f *PriorityFinder) Find(byPosition wire.Priority, data []byte) wire.Priority {
	p := byPosition
	if p == wire.PriorityUnknown && len(f.keys) > 0 {
		p = priorityOfKind(data, f.keys)
	}
	if p == wire.PriorityUnknown {
		f.unknown++
	}
	return p
}

// priorityOfKind returns the priority that the module gives a job, if it can be decoded.
func priorityOfKind(data []byte, keys []modgearman.Key) wire.Priority {
	p, err := modgearman.Decode(data, keys...)
	if err != nil || p.Kind == modgearman.KindUnknown {
		return wire.PriorityUnknown
	}
	return p.Kind.Priority(false)
}

// Report logs what is not known about the jobs of a queue. whole: all of its jobs were to be taken.
func (f *PriorityFinder) Report(log cmderr.Log, queue, server string, whole bool) {
	const unknown = "%s on %s: could not determine the priority of %s, which becomes normal"
	jobs := output.Plural(f.unknown, "job", "jobs")
	switch {
	case f.unknown > 0 && f.order.needsHold() && f.order.held == nil:
		log.Info(unknown+": this server counts jobs for later as normal, and hands out low ones before them", queue, server, jobs)
	case f.unknown > 0 && f.ignored > 0:
		log.Info(unknown+": the server has %s; to avoid this, first run: %s", queue, server, jobs,
			output.Plural(f.ignored, "cancelled job", "cancelled jobs"), cmderr.Try("queue", "gc").On(server))
	case f.unknown > 0:
		log.Info(unknown, queue, server, jobs)
	}
	if n := f.order.missing(); whole && n > 0 {
		log.Info("%s on %s: %s fewer than counted: they are for later, wait behind one that is, or were taken by others, and then the priorities of the rest may be wrong",
			queue, server, output.Plural(n, "job", "jobs"))
	}
}
