package compat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/process"
	"gearctl/commands/internal/workerpool"
	"gearctl/wire"
)

// workerWork is what gearman's messages call the work of a worker.
const workerWork = "gearman_worker_work"

// errIdle ends a worker with -t that has had no job for that time.
var errIdle = errors.New("no job in time")

// work does jobs one at a time until -c jobs are done, none comes within -t, or it is stopped.
func (g *gearmanCall) work(ctx context.Context) error {
	log := workerLog{g}
	s := connect.NewSupervisor(log, g.dial)
	if g.count > 0 || g.wait > 0 { // a worker that is to end does not wait for a server to come
		if err := s.CheckReachable(ctx, g.servers); err != nil {
			g.failed(workerWork, err)
			return g.exit(1, err)
		}
	}
	queues := workerpool.Distinct(g.functions)
	w := &jobWorker{gearmanCall: g}
	ctx, w.cancel = context.WithCancelCause(ctx)
	defer w.cancel(nil)
	if g.wait > 0 {
		w.idle = time.AfterFunc(g.wait, func() { w.cancel(errIdle) })
		defer w.idle.Stop()
	}
	pool := &workerpool.Pool{
		Client: &connect.Client{Log: log, Now: g.env.Now, ID: g.clientID(), Dialer: g.dial, OneLine: g.env.OneLine},
		Queues: queues, Supervisor: s, Limiter: wire.NewLimiter(1, g.count), Do: w.do,
		Limits: &workerpool.ConnLimits{Max: len(queues), Queues: len(queues), Parallel: 1},
	}
	err := pool.Run(ctx, g.servers)
	switch {
	case errors.Is(err, errIdle), errors.Is(err, cmderr.ErrTerminated), err == nil && !errors.Is(context.Cause(ctx), cmderr.ErrInterrupted):
		return nil
	case err == nil || errors.Is(err, cmderr.ErrInterrupted):
		return &cmderr.ReportedError{Err: context.Cause(ctx)}
	case cmderr.IsReaderGone(err):
		err = cmderr.ErrReaderGone
	}
	g.failed(workerWork, err)
	return g.exit(1, err)
}

func (g *gearmanCall) clientID() string {
	host, err := g.env.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("gearctl-gearman-%s-%d", host, os.Getpid())
}

// workerLog prints what happens to connections; what is no trouble is not printed.
type workerLog struct{ *gearmanCall }

func (l workerLog) Warn(format string, args ...any) {
	l.failed(workerWork, fmt.Errorf(format, args...))
}
func (l workerLog) Info(string, ...any)    {}
func (l workerLog) Verbose(string, ...any) {}

// jobWorker does the jobs.
type jobWorker struct {
	*gearmanCall
	cancel context.CancelCauseFunc
	idle   *time.Timer // nil without -t
	mu     sync.Mutex
}

func (w *jobWorker) do(ctx context.Context, j *wire.ActiveJob) error {
	if w.idle != nil {
		w.idle.Stop()
		defer w.idle.Reset(w.wait)
	}
	if len(w.words) > 0 {
		return w.pipe(ctx, j)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.env.ExactStdout().Write(j.Workload); err != nil {
		return err // the job is released
	}
	return j.Complete(nil)
}

// pipe runs the command with the job as its input. Its output is the result, also of a job that fails.
func (w *jobWorker) pipe(ctx context.Context, j *wire.ActiveJob) error {
	p := &process.Command{Argv: w.words, Env: w.env.ChildEnv(), Stdin: slices.Clone(j.Workload), Now: w.env.Now}
	lines := &lineSender{job: j, strip: w.strip}
	if w.lines {
		p.Stdout = lines.write
	}
	r, err := process.Run(ctx, p)
	if err != nil {
		w.say("gearman: %v", err)
		return j.Fail()
	}
	w.env.Stderr.Write(r.Stderr)
	if err := errors.Join(r.StdoutErr, lines.end()); err != nil {
		return err
	}
	if r.Code == 0 {
		return j.Complete(r.Stdout)
	}
	if len(r.Stdout) > 0 {
		if err := j.Data(r.Stdout); err != nil {
			return err
		}
	}
	return j.Fail()
}

// lineSender sends each line as a partial result.
type lineSender struct {
	job   *wire.ActiveJob
	strip bool
	rest  []byte // of a line that is not complete
}

func (l *lineSender) write(b []byte) error {
	l.rest = append(l.rest, b...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			return nil
		}
		end := i + 1
		if l.strip {
			end = i
		}
		if err := l.job.Data(l.rest[:end]); err != nil {
			return err
		}
		l.rest = l.rest[i+1:]
	}
}

// end sends a last line that has no end.
func (l *lineSender) end() error {
	if len(l.rest) == 0 {
		return nil
	}
	return l.job.Data(l.rest)
}
