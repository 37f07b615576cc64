package commands

import (
	"gearctl/wire"
)

// sink is where the drained jobs of all queues go.
type sink interface {
	queue(q Queue, known *proven) queueSink
	close() error
}

// queueSink takes the jobs of one queue.
type queueSink interface {
	see(j wire.Job)       // every job of the queue, in order, also one that is not taken
	add(j wire.Job) error // the job last seen
	sync() func() error   // makes the jobs added safe; nil: they are thrown away
	finish(row *drainRow, n wire.Taken, whole bool)
}

// discard throws jobs away.
type discard struct{}

func (d discard) queue(Queue, *proven) queueSink   { return d }
func (discard) close() error                       { return nil }
func (discard) see(wire.Job)                       {}
func (discard) add(wire.Job) error                 { return nil }
func (discard) sync() func() error                 { return nil }
func (discard) finish(*drainRow, wire.Taken, bool) {}

// rawSink writes payloads to stdout.
type rawSink struct{ w *rawWriter }

func (s rawSink) queue(Queue, *proven) queueSink   { return s }
func (rawSink) close() error                       { return nil }
func (rawSink) see(wire.Job)                       {}
func (s rawSink) add(j wire.Job) error             { return s.w.job(j) }
func (s rawSink) sync() func() error               { return s.w.sync }
func (rawSink) finish(*drainRow, wire.Taken, bool) {}
