package drain

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire"
)

// taker passes the jobs of one queue to its sink: all, or those that --match and --older-than select.
type taker struct {
	o    *options
	sink queueSink

	filter   *jobs.Filter   // nil: every job
	seen     int64          // jobs of the queue
	selected jobs.NumberSet // of them, with a filter
	taken    int64
	released int64 // jobs that do not match, or are more than --max
	bytes    int64 // of the jobs taken
	removal  jobs.Removal
}

// take returns how to take the jobs of a queue in which expect jobs wait.
func (t *taker) take(queue string, expect int64) *wire.Take {
	take := &wire.Take{
		Function: queue, Window: t.o.window, Expect: expect,
		AckImmediately: t.o.acksImmediately(), Max: t.o.max, Follow: t.o.waits(),
		Job: t.job, Sync: t.sink.sync(), AckDue: t.sink.due(),
	}
	if t.o.complete {
		take.Answer = wire.AnswerComplete
	}
	if t.filter == nil {
		return take
	}
	take.Restore, take.AckImmediately, take.Max, take.Acknowledge = true, false, 0, t.selected.Has
	if take.Sync == nil {
		take.Sync = func() error { return nil } // jobs that do not match must not be lost
	}
	return take
}

// job passes a job to the sink if it is selected.
func (t *taker) job(j wire.Job) error {
	t.sink.observe(j)
	t.seen++
	if !t.selects(j) {
		t.released++
		return nil
	}
	if t.filter != nil {
		t.selected.Add(t.seen - 1)
	}
	t.taken++
	t.bytes += int64(len(j.Workload))
	if err := t.sink.add(j); err != nil {
		return err
	}
	t.removal.Add(j.Handle)
	return nil
}

func (t *taker) selects(j wire.Job) bool {
	if t.filter == nil {
		return true
	}
	return (t.o.max == 0 || t.taken < t.o.max) && t.filter.Matches(string(j.Function), string(j.Unique), j.Workload)
}

// finish reports the outcome to the sink and to the user.
func (t *taker) finish(log cmderr.Log, r *row, n wire.Taken) {
	whole := !r.failed && t.o.duration == 0 && (t.o.max == 0 || t.filter != nil)
	t.sink.finish(r, n, whole)
	if t.released > 0 && !r.failed {
		log.Info("%s on %s: %s requeued in the old order", r.Queue, r.Server, output.Plural(t.released, "non-matching job", "non-matching jobs"))
	}
}
