package judge

import (
	"fmt"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/output"
	"gearctl/wire"
)

// StallSamples is the number of samples after the first without progress that make a queue stalled.
const StallSamples = 10

// Stall is a queue with workers and waiting jobs that has made no progress so far.
type Stall struct {
	First, Last wire.FunctionStatus
	neverRan    bool // no sample had running jobs
	active      bool // jobs were taken, but none was seen to finish
	workersLeft bool // the last worker disconnected meanwhile
}

// MayStall reports whether a queue is to be watched for progress: it has workers, and jobs wait.
func MayStall(q wire.FunctionStatus) bool { return q.Workers > 0 && q.Waiting() > 0 }

// NewStall begins to watch a queue.
func NewStall(q wire.FunctionStatus) Stall { return Stall{First: q, Last: q, neverRan: q.Running == 0} }

// Add adds a sample and reports whether the queue still makes no progress. It makes progress if it has fewer jobs than in the
// sample before: jobs that arrive as fast as they finish hide that, which is why there are several samples. Taking a job proves
// nothing: a worker may die of it again and again.
func (s *Stall) Add(q wire.FunctionStatus) bool {
	if q.Total < s.Last.Total {
		return false
	}
	s.active = s.active || q.Waiting() < s.Last.Waiting() || q.Running != s.Last.Running
	s.neverRan = s.neverRan && q.Running == 0
	s.Last, s.workersLeft = q, q.Workers == 0
	return true
}

// Problem returns what is wrong with a queue that was watched for so long without progress.
func (s *Stall) Problem(watched time.Duration) Problem {
	waited := cmderr.ShortDuration(watched.Round(time.Millisecond))
	workers := output.Plural(s.Last.Workers, "worker", "workers")
	before, now := output.Count(s.First.Waiting()), output.Count(s.Last.Waiting())
	switch {
	case s.workersLeft:
		return Problem{nagios.StateCritical, WaitingJobs(s.Last.Waiting()) + " without a worker: the last one disconnected meanwhile"}
	case s.active:
		return Problem{nagios.StateWarning, fmt.Sprintf("stalled: %s then %s waiting after %s: %s took jobs but none finished", before, now, waited, workers)}
	case s.neverRan && s.Last.Workers == 1:
		return Problem{nagios.StateCritical, fmt.Sprintf("stalled: %s for %s, its only worker took no job", WaitingJobs(s.Last.Waiting()), waited)}
	case s.neverRan:
		return Problem{nagios.StateCritical, fmt.Sprintf("stalled: %s for %s, none of the %s took a job", WaitingJobs(s.Last.Waiting()), waited, workers)}
	}
	return Problem{nagios.StateWarning, fmt.Sprintf("stalled: %s then %s waiting after %s, with %s running throughout and %s", before, now, waited, output.Count(s.Last.Running), workers)}
}
