package drain

import (
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// sink is where the drained jobs of all queues go.
type sink interface {
	queue(q servers.Queue, src *jobs.Source) queueSink
	kept(n int64) // so many acknowledged jobs are on the server nevertheless
	close() error
}

// queueSink takes the jobs of one queue.
type queueSink interface {
	observe(j wire.Job)   // every job of the queue, in order, whether it is then added or not
	add(j wire.Job) error // the job last observed
	sync() func() error   // makes the added jobs safe; nil: they need not be
	due() func() bool     // whether to do that now; nil: whenever the server pauses, or at the end
	finish(r *row, n wire.Taken, whole bool)
}

// discard drops jobs.
type discard struct{}

func (d discard) queue(servers.Queue, *jobs.Source) queueSink { return d }

func (discard) kept(int64) {}

func (discard) close() error { return nil }

func (discard) observe(wire.Job) {}

func (discard) add(wire.Job) error { return nil }

func (discard) sync() func() error { return nil }

func (discard) due() func() bool { return nil }

func (discard) finish(*row, wire.Taken, bool) {}

// rawSink writes payloads to stdout.
type rawSink struct {
	discard
	w *jobs.RawWriter
}

func (s rawSink) queue(servers.Queue, *jobs.Source) queueSink { return s }

func (s rawSink) add(j wire.Job) error { return s.w.Job(j) }

func (s rawSink) sync() func() error { return s.w.Sync }

// checkRawStdout refuses a stdout that was closed: the program then has /dev/null there, open for reading and writing.
func checkRawStdout(env *cli.Env) error {
	if _, closed := cli.NullDevice(env.Stdout); closed {
		return cmderr.WithHint(cmderr.Errorf("-o raw: stdout is closed"), "to discard the payloads omit -o raw")
	}
	return nil
}

// checkArchiveStdout refuses to archive to a stdout that keeps nothing.
func checkArchiveStdout(env *cli.Env) error {
	if null, _ := cli.NullDevice(env.Stdout); null {
		return cmderr.WithHint(cmderr.Errorf("archive -: stdout is closed or /dev/null"), "to discard the jobs omit --to")
	}
	return nil
}
