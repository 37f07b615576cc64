package drain

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/pieces"
	"gearctl/commands/internal/process"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// commandSink passes the jobs of each queue to runs of a command, an archive on the stdin of each. The jobs of a run are safe
// once it has read all and exited with 0.
type commandSink struct {
	discard
	ctx    context.Context // an interrupt leaves a running command little time
	env    *cli.Env
	o      *options
	keys   []modgearman.Key // to find priorities by the kind of a job
	mu     sync.Mutex       // guards what follows
	runs   int64
	stored int64 // jobs
}

func (s *commandSink) queue(q servers.Queue, src *jobs.Source) queueSink {
	return &commandQueue{
		archiveQueue: archiveQueue{server: q.Server, queue: q.Function, priorities: jobs.NewPriorityFinder(src, q.Function, s.keys)},
		sink:         s,
	}
}

func (s *commandSink) close() error {
	if s.runs > 0 {
		s.env.Info("%s went to the command in %s", output.Plural(s.stored, "job", "jobs"), output.Plural(s.runs, "run", "runs"))
	}
	return nil
}

// commandQueue runs the command for the jobs of one queue, one run after the other.
type commandQueue struct {
	archiveQueue
	sink   *commandSink
	run    *commandRun // nil between two
	number int         // of the last run
	failed error
}

func (q *commandQueue) add(j wire.Job) error {
	if q.failed != nil {
		return q.failed
	}
	if q.run == nil {
		if q.failed = q.start(); q.failed != nil {
			return q.failed
		}
	}
	if err := q.run.archive.Add(q.record(j, q.sink.env.Now())); err != nil {
		q.failed = q.end()
	}
	return q.failed
}

// due reports whether the run is long or large enough.
func (q *commandQueue) due() func() bool {
	return func() bool {
		r, rotate := q.run, q.sink.o.rotate
		return r != nil && (!r.until.IsZero() && !q.sink.env.Now().Before(r.until) || rotate.Size > 0 && r.archive.Over(rotate.Size))
	}
}

func (q *commandQueue) sync() func() error {
	return func() error {
		if q.failed == nil && q.run != nil {
			q.failed = q.end()
		}
		return q.failed
	}
}

func (q *commandQueue) finish(_ *row, _ wire.Taken, whole bool) {
	if q.run != nil {
		q.end() // after an error of the connection
	}
	q.priorities.Report(q.sink.env, q.queue, q.server, whole)
}

// start starts the command.
func (q *commandQueue) start() error {
	now := q.sink.env.Now()
	q.number++
	stamp := now.UTC().Format("20060102T150405.000000Z")
	name := pieces.SafeName(fmt.Sprintf("%s-%s-%s-%d", strings.ReplaceAll(q.server, ":", "_"), q.queue, stamp, q.number))
	piece := []string{
		"GEARCTL_ARCHIVE_SERVER=" + q.server, "GEARCTL_ARCHIVE_QUEUE=" + q.queue,
		"GEARCTL_ARCHIVE_TIME=" + stamp, fmt.Sprint("GEARCTL_ARCHIVE_PIECE=", q.number), "GEARCTL_ARCHIVE_NAME=" + name,
	}
	r, err := startRun(q.sink.ctx, &process.Command{
		Argv: []string{"sh", "-c", q.sink.o.command}, Env: append(q.sink.env.ChildEnv(), piece...), Now: q.sink.env.Now, Limit: maxCommandOutput,
	}, q.sink.o.commandTimeout)
	if err != nil {
		return err
	}
	r.until = q.sink.o.rotate.End(now)
	q.run = r
	return nil
}

// end completes the archive and waits for the command.
func (q *commandQueue) end() error {
	r := q.run
	q.run = nil
	n := r.archive.Records()
	err := r.end(q.sink.env.Now())
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(r.result.Stderr)) {
		q.sink.env.Info("%s", strings.TrimRight(line, "\n"))
	}
	for line := range strings.Lines(string(r.result.Stdout)) {
		q.sink.env.Verbose("%s", strings.TrimRight(line, "\n"))
	}
	q.sink.mu.Lock()
	defer q.sink.mu.Unlock()
	q.sink.runs, q.sink.stored = q.sink.runs+1, q.sink.stored+n
	return nil
}
