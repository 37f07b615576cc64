package compat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/input"
	"gearctl/wire"
)

// runTasks is what gearman's messages call the submission of jobs.
const runTasks = "gearman_client_run_tasks"

// submit submits the jobs.
func (g *gearmanCall) submit(ctx context.Context) error {
	var err error
	if g.background {
		err = g.submitBackground(ctx)
	} else {
		f := &foreground{gearmanCall: g, out: g.env.ExactStdout()}
		defer f.close()
		err = f.run(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return &cmderr.ReportedError{Err: context.Cause(ctx)}
	case err != nil:
		return g.exit(1, err)
	}
	return nil
}

// workloads yields the data of the jobs, each valid until the next. idle is called before it waits for stdin.
func (g *gearmanCall) workloads(ctx context.Context, idle func() error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		switch {
		case len(g.words) > 0:
			for _, word := range g.words {
				if !yield([]byte(word), nil) {
					return
				}
			}
		case g.empty:
			yield(nil, nil)
		case g.lines:
			g.linesOfStdin(ctx, idle, yield)
		default:
			data, err := input.ReadStdin(ctx, g.env.Stdin, wire.DefaultMaxPacket)
			if err == nil && len(data) > wire.DefaultMaxPacket {
				err = cmderr.Errorf("read stdin: more than %d bytes for one job", wire.DefaultMaxPacket)
			}
			yield(data, err)
		}
	}
}

func (g *gearmanCall) linesOfStdin(ctx context.Context, idle func() error, yield func([]byte, error) bool) {
	in := input.NewStdinReader(g.env.Stdin)
	defer in.Close()
	var whole []byte
	for {
		line, err := in.Next(ctx, idle)
		if errors.Is(err, io.EOF) {
			return
		}
		if !g.strip && in.Ended() {
			whole = append(append(whole[:0], line...), '\n')
			line = whole
		}
		if !yield(line, err) || err != nil {
			return
		}
	}
}

// key returns the unique key of a job.
func (g *gearmanCall) key(source *wire.UniqueSource, data []byte) string {
	switch g.unique {
	case "":
		return source.Next()
	case "#":
		sum := sha256.Sum256(data)
		return hex.EncodeToString(sum[:20])
	}
	return g.unique
}

// submitBackground submits with many jobs in flight.
func (g *gearmanCall) submitBackground(ctx context.Context) error {
	c, skipped, err := g.dial.DialFirst(ctx, g.servers)
	if err != nil {
		g.failed(runTasks, err)
		return err
	}
	defer c.Close()
	for _, err := range skipped {
		g.failed(runTasks, err)
	}
	var refused error
	s := wire.NewSubmitter(wire.Outlast(ctx), c, 0, func(r wire.SubmitResult) error {
		if r.Err != nil && refused == nil {
			refused = r.Err
		}
		if r.Err != nil || !g.verbose {
			return nil
		}
		_, err := fmt.Fprintf(g.env.Stdout, "Task created: %s\n", r.Handle)
		return err
	})
	err = g.sendAll(ctx, s)
	sent, answered, closed := s.Close()
	if err == nil || ctx.Err() == nil && closed != nil {
		err = closed
	}
	if err != nil && sent > answered {
		err = cmderr.Errorf("%w: %d jobs were accepted, %d more are unconfirmed", err, answered, sent-answered)
	}
	err = errors.Join(err, refused)
	if err != nil {
		g.failed(runTasks, err)
	}
	return err
}

func (g *gearmanCall) sendAll(ctx context.Context, s *wire.Submitter) error {
	unique := wire.NewUniqueSource()
	for data, err := range g.workloads(ctx, s.Flush) {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		for _, f := range g.functions {
			job := &wire.Submission{Function: f, Unique: g.key(unique, data), Workload: data, Priority: g.priority, Background: true}
			if err := s.Send(job); err != nil {
				return err
			}
		}
	}
	return nil
}

// foreground submits jobs and prints their results. The jobs of several functions run at the same time.
type foreground struct {
	*gearmanCall
	pools []*connect.Pool // one for each function
	mu    sync.Mutex      // held while something is printed
	out   io.Writer
	err   error // the first
}

func (f *foreground) close() {
	for _, p := range f.pools {
		p.Close()
	}
}

func (f *foreground) run(ctx context.Context) error {
	for range f.functions {
		client := &connect.Client{Log: f.env, Now: f.env.Now, Dialer: f.dial, Skipped: func([]error, string) {}, OneLine: f.env.OneLine}
		f.pools = append(f.pools, &connect.Pool{Client: client})
	}
	unique := wire.NewUniqueSource()
	for data, err := range f.workloads(ctx, nil) {
		if err != nil {
			f.fail(err)
			return f.err
		}
		var wg sync.WaitGroup
		for i, name := range f.functions {
			job := &wire.Submission{Function: name, Unique: f.key(unique, data), Workload: data, Priority: f.priority}
			wg.Go(func() { f.one(ctx, f.pools[i], job) })
		}
		wg.Wait()
		if ctx.Err() != nil || cmderr.IsReaderGone(f.err) {
			break
		}
	}
	return f.err
}

// fail reports an error and remembers the first.
func (f *foreground) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed(runTasks, err)
	f.err = errors.Join(f.err, err)
}

// errNotDone is a job that a worker reported as failed; the user has been told.
var errNotDone = errors.New("a job failed")

// one submits a job and waits for its end.
func (f *foreground) one(ctx context.Context, pool *connect.Pool, job *wire.Submission) {
	if f.wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, f.wait, cmderr.ErrWaitedEnough)
		defer cancel()
	}
	c, handle, err := pool.Submit(ctx, job, f.servers, nil)
	if err == nil && f.verbose {
		err = f.print(f.env.Stdout, "", fmt.Sprintf("Task created: %s\n", handle))
	}
	if err == nil {
		err = c.Await(ctx, handle, func(u wire.Update) error { return f.update(job.Function, u) })
		if err != nil {
			pool.Drop(c)
		}
	}
	switch {
	case err == nil:
	case errors.Is(err, errNotDone):
		f.mu.Lock()
		defer f.mu.Unlock()
		f.err = errors.Join(f.err, err)
	case errors.Is(err, cmderr.ErrWaitedEnough):
		f.fail(cmderr.Errorf("GEARMAN_TIMEOUT: job of %s: no result within %v", job.Function, f.wait))
	default:
		f.fail(err)
	}
}

func (f *foreground) update(function string, u wire.Update) error {
	prefix := ""
	if f.prefix {
		prefix = function + ": "
	}
	switch u.Type {
	case wire.WorkData, wire.WorkComplete:
		return f.print(f.out, prefix, string(u.Data))
	case wire.WorkWarning:
		return f.print(f.env.Stderr, prefix, string(u.Data))
	case wire.WorkException:
		return errors.Join(f.print(f.env.Stderr, prefix, string(u.Data)+"\nJob failed\n"), errNotDone)
	case wire.WorkStatus:
		if u.Denominator == 0 {
			return nil
		}
		return f.print(f.env.Stdout, prefix, fmt.Sprintf("%d%% Complete\n", u.Numerator*100/u.Denominator))
	case wire.WorkFail:
		return errors.Join(f.print(f.env.Stderr, prefix, "Job failed\n"), errNotDone)
	}
	return nil
}

func (f *foreground) print(w io.Writer, prefix, text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := io.WriteString(w, prefix+text)
	return err
}
