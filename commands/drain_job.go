package commands

import (
	"gearctl/output"
	"gearctl/wire"
)

// drainJob is what happens to the jobs of one queue.
type drainJob struct {
	d       *drainer
	archive *queueArchive // nil without --to
	chosen  selection     // with --match: which jobs are taken
	taken   int64
	bytes   int64 // of the jobs that were taken
}

// take keeps a job that is meant.
func (k *drainJob) take(j wire.Job) error {
	priority := ""
	if k.archive != nil {
		priority = k.archive.order.next(j.Handle) // of every job, or the count is wrong
	}
	if k.d.filter != nil {
		meant := (k.d.o.max == 0 || k.taken < k.d.o.max) && k.d.filter.matches(string(j.Function), string(j.Unique), j.Workload)
		k.chosen.add(meant)
		if !meant {
			return nil
		}
	}
	k.taken++
	k.bytes += int64(len(j.Workload))
	switch {
	case k.archive != nil:
		return k.archive.add(j, priority)
	case k.d.raw != nil:
		return k.d.raw.job(j)
	}
	return nil
}

// sync returns what makes the jobs safe, nil when they are thrown away.
func (k *drainJob) sync() func() error {
	switch {
	case k.archive != nil:
		return k.archive.sync
	case k.d.raw != nil:
		return k.d.raw.flush
	case k.d.filter != nil:
		return func() error { return nil } // what does not match is wanted
	}
	return nil
}

// finish tells what became of the jobs.
func (k *drainJob) finish(row *drainRow, n wire.Taken) {
	if k.archive != nil {
		row.Archive = &k.archive.path
		k.archive.w.Acknowledged(n.Acknowledged)
		k.d.env.notePriorities(row.Queue, row.Server, k.archive.unknown, k.missing())
	}
	if k.d.filter != nil && n.Returned > 0 {
		k.d.env.note("%s on %s: %s did not match and went back in the old order", row.Queue, row.Server, output.Plural(n.Returned, "job", "jobs"))
	}
}

// missing is that of the archive's priorities, when all of the queue was asked for.
func (k *drainJob) missing() int64 {
	if k.d.o.max > 0 && k.d.filter == nil || k.d.o.duration > 0 {
		return 0
	}
	return k.archive.order.missing()
}
