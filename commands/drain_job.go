package commands

import (
	"gearctl/output"
	"gearctl/wire"
)

// drainJob is what happens to the jobs of one queue.
type drainJob struct {
	d       *drainer
	archive *queueArchive // nil without --to
	seen    int64
	chosen  selection // with --match: which jobs are taken, by their number
	taken   int64
	others  int64 // jobs that do not match, or are more than --max
	bytes   int64 // of the jobs that were taken
}

// take keeps a job that is meant.
func (k *drainJob) take(j wire.Job) error {
	var place wire.Priority
	if k.archive != nil {
		place = k.archive.priorities.place(j.Handle) // of every job, or the count is wrong
	}
	k.seen++
	if !k.meant(j) {
		k.others++
		return nil
	}
	if k.d.filter != nil {
		k.chosen.add(k.seen - 1)
	}
	k.taken++
	k.bytes += int64(len(j.Workload))
	switch {
	case k.archive != nil:
		return k.archive.add(j, place)
	case k.d.raw != nil:
		return k.d.raw.job(j)
	}
	return nil
}

// meant reports whether a job is to be taken.
func (k *drainJob) meant(j wire.Job) bool {
	if k.d.filter == nil {
		return true
	}
	return (k.d.o.max == 0 || k.taken < k.d.o.max) && k.d.filter.matches(string(j.Function), string(j.Unique), j.Workload)
}

// sync returns what makes the jobs safe, nil when they are thrown away.
func (k *drainJob) sync() func() error {
	switch {
	case k.archive != nil:
		return k.archive.sync
	case k.d.raw != nil:
		return k.d.raw.sync
	case k.d.filter != nil:
		return func() error { return nil } // what does not match is wanted
	}
	return nil
}

// finish tells what became of the jobs.
func (k *drainJob) finish(row *drainRow, n wire.Taken) {
	if k.archive != nil {
		if k.bytes > 0 || n.Acknowledged > 0 {
			row.Archive = &k.archive.path
		}
		k.archive.w.Acknowledged(n.Acknowledged)
		k.archive.priorities.report(k.d.env, row.Queue, row.Server, !row.failed && k.d.o.duration == 0 && (k.d.o.max == 0 || k.d.filter != nil))
	}
	if k.others > 0 && !row.failed {
		k.d.env.Info("%s on %s: %s went back in the old order", row.Queue, row.Server, output.Plural(k.others, "other job", "other jobs"))
	}
}
