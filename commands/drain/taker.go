package drain

import (
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire"
)

// taker is what happens to the jobs of one queue.
type taker struct {
	drainer  *drainer
	sink     queueSink
	seen     int64
	chosen   jobs.NumberSet // with --match: which jobs are taken, by their number
	taken    int64
	released int64 // jobs that do not match, or are more than --max
	bytes    int64 // of the jobs that were taken
}

// take keeps a job that is meant.
func (k *taker) take(j wire.Job) error {
	k.sink.observe(j)
	k.seen++
	if !k.wants(j) {
		k.released++
		return nil
	}
	if k.drainer.filter != nil {
		k.chosen.Add(k.seen - 1)
	}
	k.taken++
	k.bytes += int64(len(j.Workload))
	return k.sink.add(j)
}

// wants reports whether a job is to be taken.
func (k *taker) wants(j wire.Job) bool {
	if k.drainer.filter == nil {
		return true
	}
	return (k.drainer.o.max == 0 || k.taken < k.drainer.o.max) && k.drainer.filter.Matches(string(j.Function), string(j.Unique), j.Workload)
}

// sync returns what makes the jobs safe, nil when they are thrown away.
func (k *taker) sync() func() error {
	sync := k.sink.sync()
	if sync == nil && k.drainer.filter != nil {
		return func() error { return nil } // what does not match is wanted
	}
	return sync
}

// finish tells what became of the jobs.
func (k *taker) finish(row *jobs.DrainRow, n wire.Taken) {
	k.sink.finish(row, n, !row.Failed && k.drainer.o.duration == 0 && (k.drainer.o.max == 0 || k.drainer.filter != nil))
	if k.released > 0 && !row.Failed {
		k.drainer.env.Info("%s on %s: %s requeued in their old order", row.Queue, row.Server, output.Plural(k.released, "other job", "other jobs"))
	}
}
