package proxy

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// syncGrace is how long jobs in hand may take when the proxy is to stop. Then they go back to the source.
const syncGrace = 10 * time.Second

// usedWithin is how long a connection may lie unused and still be used without a question.
const usedWithin = time.Second

// syncRoute is a route whose jobs stay at the source while jobs of the same kind run at the target.
type syncRoute struct {
	p    *proxy
	c    *routeCounts
	busy atomic.Int64 // jobs in hand
}

// run works until ctx ends.
func (r *syncRoute) run(ctx context.Context) error {
	hold, letGo := context.WithCancelCause(context.WithoutCancel(ctx))
	defer letGo(nil)
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(syncGrace, func() { letGo(context.Cause(ctx)) })
		if n := r.busy.Load(); n > 0 {
			r.p.env.Info("%s: waiting up to %s for %s in progress", r.c.route, cmderr.ShortDuration(syncGrace), output.Plural(n, "job", "jobs"))
		}
	})
	defer stop()
	wctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	errs := make([]error, r.c.route.parallel)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			w := &syncWorker{p: r.p, c: r.c, busy: &r.busy, hold: hold, unique: wire.NewUniqueSource()}
			defer w.drop()
			if errs[i] = r.p.s.Run(wctx, r.c.route.from.Server, w.work); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// syncWorker carries one job at a time.
type syncWorker struct {
	p      *proxy
	c      *routeCounts
	busy   *atomic.Int64
	hold   context.Context // ends when jobs in hand are to go back
	unique *wire.UniqueSource
	target *wire.Conn // nil: none
	used   time.Time  // when target was last good
	told   bool       // of an outage of the target, or a refusal
}

// work serves the source on one connection.
func (w *syncWorker) work(ctx context.Context, c *wire.Conn) error {
	if err := w.p.circles.introduce(ctx, c); err != nil {
		return err
	}
	if err := w.p.prove(ctx, c); err != nil {
		return err
	}
	return c.Work(ctx, &wire.Work{
		Function: w.c.route.from.Queue, ClientID: w.p.circles.probe.ClientID(c.Server()),
		Do: func(j *wire.ActiveJob) error { return w.carry(ctx, j) },
		Gone: func(handle string) {
			w.p.env.Verbose("%s: job %s: no longer known at the source when it finished", w.c.route, handle)
		},
	})
}

// carry has a job done by the target. It returns an error when the source's connection fails or the proxy must stop;
// the job goes back to the source then.
func (w *syncWorker) carry(ctx context.Context, j *wire.ActiveJob) error {
	w.busy.Add(1)
	defer w.busy.Add(-1)
	job, err := w.submission(ctx, j)
	if err != nil {
		return err
	}
	if job == nil {
		return j.Fail()
	}
	for wait := w.p.s.Backoff.Min; ; wait = min(2*wait, w.p.s.Backoff.Max) {
		a := &syncAnswer{j: j, c: w.c}
		err := w.try(job, a)
		var circle *cmderr.UsageError
		switch {
		case a.broken != nil, errors.As(err, &circle), w.hold.Err() != nil:
			w.drop()
			return errors.Join(a.broken, err)
		case err == nil:
			return nil
		case a.begun:
			w.fails(err)
			j.Warning([]byte("gearctl: lost the connection to the target while receiving the result\n"))
			return j.Fail()
		}
		w.fails(err)
		if !cmderr.Pause(w.hold, wait) {
			return context.Cause(w.hold)
		}
	}
}

// submission makes the job for the target. There is none for a job that was rejected.
func (w *syncWorker) submission(ctx context.Context, j *wire.ActiveJob) (*wire.Submission, error) {
	w.c.bytesIn.Add(int64(len(j.Workload)))
	data, priority, err := w.c.route.recoder.recode(nil, j.Workload)
	if err != nil {
		w.c.reject(w.p.env, string(j.Handle), err)
		return nil, w.putAside(ctx, j)
	}
	job := &wire.Submission{Function: w.c.route.to.Queue, Unique: jobs.KeyAtTarget(w.unique, w.c.route.to.Queue, string(j.Unique), j.Workload), Workload: data}
	job.Priority = priority
	return job, nil
}

// putAside keeps a job that was rejected. While the spool has no room it waits, and the source holds the job for us; it
// goes back there when the proxy is to stop meanwhile.
func (w *syncWorker) putAside(ctx context.Context, j *wire.ActiveJob) error {
	record := []archive.Record{{
		Server: w.c.route.from.Server, Queue: w.c.route.from.Queue, Handle: string(j.Handle), Unique: string(j.Unique),
		DrainedAt: w.p.env.Now(), Data: bytes.Clone(j.Workload),
	}}
	for told := false; ; told = true {
		err := w.c.queue.Reject(record)
		if err == nil {
			if told {
				w.p.env.Info("%s: the spool accepts jobs again", w.c.route)
			}
			return nil
		}
		if !told {
			w.p.env.Warn("%s: %v: the job waits at the source; retrying", w.c.route, w.p.spoolProblem(err))
		}
		if !cmderr.Pause(ctx, spoolRetry) {
			return context.Cause(ctx)
		}
	}
}

// try submits the job and passes on what comes of it. An error is the target's.
func (w *syncWorker) try(job *wire.Submission, a *syncAnswer) error {
	if err := w.connect(); err != nil {
		return err
	}
	handle, err := w.target.Submit(w.hold, job)
	if err != nil {
		return err
	}
	if err := w.target.Await(w.hold, handle, a.pass); err != nil {
		return err
	}
	w.used = w.p.env.Now()
	w.c.accepted(len(job.Workload), false)
	w.recovers()
	return nil
}

// connect makes sure that there is a good connection to the target.
func (w *syncWorker) connect() error {
	if w.target != nil && w.p.env.Now().Sub(w.used) >= usedWithin && w.target.Echo(w.hold, []byte("gearctl")) != nil {
		w.drop()
	}
	if w.target != nil {
		return nil
	}
	c, err := w.p.s.Dialer.Dial(w.hold, w.c.route.to.Server)
	if err != nil {
		return err
	}
	w.target, w.used = c, w.p.env.Now()
	return w.p.circles.introduce(w.hold, c)
}

func (w *syncWorker) drop() {
	if w.target != nil {
		w.target.Close()
	}
	w.target = nil
}

// fails tells of an outage or a refusal of the target, once until it is over.
func (w *syncWorker) fails(err error) {
	w.drop()
	if connect.IsOutage(err) {
		w.p.s.ReportDown(w.c.route.to.Server, err)
	} else if !w.told {
		w.p.env.Warn("%s: %v; retrying", w.c.route, err)
	}
	w.c.refused.Add(1)
	w.told = true
}

func (w *syncWorker) recovers() {
	if slices.Contains(w.p.s.Outages(), w.c.route.to.Server) {
		w.p.s.ReportUp(w.c.route.to.Server)
	}
	w.told = false
}

// syncAnswer passes on what comes of a job.
type syncAnswer struct {
	j      *wire.ActiveJob
	c      *routeCounts
	begun  bool  // something was passed on that cannot be taken back
	broken error // of the source's connection
}

func (a *syncAnswer) pass(u wire.Update) error {
	a.broken = a.passOn(u)
	if errors.Is(a.broken, wire.ErrNoParts) {
		a.broken = nil // the client sees the result without it
	}
	return a.broken
}

func (a *syncAnswer) passOn(u wire.Update) error {
	switch u.Type {
	case wire.WorkData:
		a.begun = true
		return a.j.Data(u.Data)
	case wire.WorkWarning:
		a.begun = true
		return a.j.Warning(u.Data)
	case wire.WorkStatus:
		return a.j.Status(u.Numerator, u.Denominator)
	case wire.WorkComplete:
		return a.j.Complete(u.Data)
	}
	return a.j.Fail()
}
