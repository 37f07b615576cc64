package drain

import (
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// sink is where the drained jobs of all queues go.
type sink interface {
	queue(q servers.Queue, known *jobs.Source) queueSink
	close() error
}

// queueSink takes the jobs of one queue.
type queueSink interface {
	observe(j wire.Job)   // every job of the queue, in order, also one that is not taken
	add(j wire.Job) error // the job last seen
	sync() func() error   // makes the jobs added safe; nil: they are thrown away
	finish(row *jobs.DrainRow, n wire.Taken, whole bool)
}

// discard throws jobs away.
type discard struct{}

func (d discard) queue(servers.Queue, *jobs.Source) queueSink { return d }

func (discard) close() error { return nil }

func (discard) observe(wire.Job) {}

func (discard) add(wire.Job) error { return nil }

func (discard) sync() func() error { return nil }

func (discard) finish(*jobs.DrainRow, wire.Taken, bool) {}

// rawSink writes payloads to stdout.
type rawSink struct{ w *jobs.RawWriter }

func (s rawSink) queue(servers.Queue, *jobs.Source) queueSink { return s }

func (rawSink) close() error { return nil }

func (rawSink) observe(wire.Job) {}

func (s rawSink) add(j wire.Job) error { return s.w.Job(j) }

func (s rawSink) sync() func() error { return s.w.Sync }

func (rawSink) finish(*jobs.DrainRow, wire.Taken, bool) {}
