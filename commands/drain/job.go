package drain

import (
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire"
)

// drainJob is what happens to the jobs of one queue.
type drainJob struct {
	d      *drainer
	sink   queueSink
	seen   int64
	chosen jobs.NumberSet // with --match: which jobs are taken, by their number
	taken  int64
	others int64 // jobs that do not match, or are more than --max
	bytes  int64 // of the jobs that were taken
}

// take keeps a job that is meant.
func (k *drainJob) take(j wire.Job) error {
	k.sink.see(j)
	k.seen++
	if !k.meant(j) {
		k.others++
		return nil
	}
	if k.d.filter != nil {
		k.chosen.Add(k.seen - 1)
	}
	k.taken++
	k.bytes += int64(len(j.Workload))
	return k.sink.add(j)
}

// meant reports whether a job is to be taken.
func (k *drainJob) meant(j wire.Job) bool {
	if k.d.filter == nil {
		return true
	}
	return (k.d.o.max == 0 || k.taken < k.d.o.max) && k.d.filter.Matches(string(j.Function), string(j.Unique), j.Workload)
}

// sync returns what makes the jobs safe, nil when they are thrown away.
func (k *drainJob) sync() func() error {
	sync := k.sink.sync()
	if sync == nil && k.d.filter != nil {
		return func() error { return nil } // what does not match is wanted
	}
	return sync
}

// finish tells what became of the jobs.
func (k *drainJob) finish(row *jobs.DrainRow, n wire.Taken) {
	k.sink.finish(row, n, !row.Failed && k.d.o.duration == 0 && (k.d.o.max == 0 || k.d.filter != nil))
	if k.others > 0 && !row.Failed {
		k.d.env.Info("%s on %s: %s requeued in their old order", row.Queue, row.Server, output.Plural(k.others, "other job", "other jobs"))
	}
}
