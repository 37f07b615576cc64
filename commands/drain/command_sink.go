package drain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/pieces"
	"gearctl/commands/internal/process"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
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
		Argv: []string{"sh", "-c", q.sink.o.command}, Env: q.sink.env.ChildEnv(), Extra: piece, Now: q.sink.env.Now, Limit: maxCommandOutput,
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

const (
	maxCommandOutput = 64 << 10         // bytes of stdout and of stderr; the rest is discarded
	interruptGrace   = 30 * time.Second // for a command to end after an interrupt
	commandPiece     = 64 << 10         // bytes that it must take within --command-timeout
)

// commandRun is a run of the command.
type commandRun struct {
	archive *archive.Writer
	until   time.Time // zero: any time
	timeout time.Duration
	stdin   *os.File // to write to
	reader  *os.File // the other end, to see what was not read
	kill    context.CancelFunc
	stalled atomic.Bool
	cut     atomic.Bool // by an interrupt
	ended   chan struct{}
	result  *process.Result
	err     error // of the start
}

func startRun(ctx context.Context, p *process.Command, timeout time.Duration) (*commandRun, error) {
	reader, stdin, err := os.Pipe()
	if err != nil {
		return nil, cmderr.Errorf("--to-command: %w", err)
	}
	running, kill := context.WithCancel(context.WithoutCancel(ctx))
	r := &commandRun{timeout: timeout, stdin: stdin, reader: reader, kill: kill, ended: make(chan struct{})}
	r.archive = archive.NewWriter(r)
	p.Input = reader
	go func() {
		defer close(r.ended)
		stop := context.AfterFunc(ctx, func() { r.interrupt(ctx) })
		defer stop()
		r.result, r.err = process.Run(running, p)
		stdin.Close() // a write that waits for the command ends
	}()
	return r, nil
}

// interrupt kills the command a while after an interrupt.
func (r *commandRun) interrupt(ctx context.Context) {
	if !errors.Is(context.Cause(ctx), cmderr.ErrInterrupted) {
		return // the time of the drain is over, which is no hurry
	}
	t := time.NewTimer(interruptGrace)
	defer t.Stop()
	select {
	case <-t.C:
		r.cut.Store(true)
		r.kill()
	case <-r.ended:
	}
}

// Write writes to the command, which is killed if it takes nothing for long.
func (r *commandRun) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		stop := r.watch()
		var m int
		m, err = r.stdin.Write(p[n:min(n+commandPiece, len(p))])
		n += m
		stop()
	}
	return n, err
}

// watch kills the command unless it ends, or stop is called, in time.
func (r *commandRun) watch() (stop func() bool) {
	return time.AfterFunc(r.timeout, func() {
		r.stalled.Store(true)
		r.kill()
	}).Stop
}

// end ends the input of the command, and waits for it. It returns nil if the command read all and succeeded.
func (r *commandRun) end(now time.Time) error {
	written := r.archive.ClosePending(now)
	r.stdin.Close()
	stop := r.watch()
	<-r.ended
	stop()
	r.kill()
	defer r.reader.Close()
	switch {
	case r.err != nil:
		return cmderr.Errorf("--to-command: %w", r.err)
	case r.stalled.Load():
		return cmderr.WithHint(cmderr.Errorf("--to-command: killed: it read nothing, or did not end, for %s", cmderr.ShortDuration(r.timeout)),
			"give it more time with --command-timeout")
	case r.cut.Load():
		return cmderr.Errorf("--to-command: killed: it did not end within %s of the interrupt", cmderr.ShortDuration(interruptGrace))
	case r.result.Signal != 0:
		return cmderr.Errorf("--to-command: killed by signal %v%s", r.result.Signal, firstLine(r.result.Stderr))
	case r.result.Code != 0:
		return cmderr.Errorf("--to-command: exit code %d%s", r.result.Code, firstLine(r.result.Stderr))
	case written != nil, r.unread():
		return cmderr.Errorf("--to-command: it ended before it had read all of the archive%s", firstLine(r.result.Stderr))
	}
	return nil
}

// unread reports whether something is left in the pipe, which nobody writes to any more.
func (r *commandRun) unread() bool {
	n, err := r.reader.Read(make([]byte, 1))
	return n > 0 || !errors.Is(err, io.EOF)
}

// firstLine returns what a command wrote to stderr first, for the end of a message.
func firstLine(stderr []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(stderr)), "\n")
	if line == "" {
		return ""
	}
	return fmt.Sprintf(": %.200s", line)
}
