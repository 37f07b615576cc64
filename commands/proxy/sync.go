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
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// syncGrace is how long running jobs may take when the proxy is stopped. Then they are released at the source.
const syncGrace = 10 * time.Second

// usedWithin is how long a connection may be idle and be used without a test.
const usedWithin = time.Second

// syncRoute runs the jobs of a route at the target while they stay at the source.
type syncRoute struct {
	p        *proxy
	c        *routeStats
	busy     atomic.Int64 // running jobs
	answered jobs.Answered
}

// run relays jobs until ctx ends. Jobs in progress may take as long as they need, or syncGrace after the end of proxy, with which
// ctx ends. Jobs that wait in the spool, since the route was asynchronous before, are submitted.
func (r *syncRoute) run(ctx, proxy context.Context) error {
	jobCtx, release := context.WithCancelCause(wire.Outlast(ctx))
	defer release(nil)
	retryCtx, stopRetries := context.WithCancelCause(jobCtx)
	defer stopRetries(nil)
	defer context.AfterFunc(ctx, func() {
		if proxy.Err() != nil {
			return
		}
		stopRetries(context.Cause(ctx))
		if n := r.busy.Load(); n > 0 {
			r.p.env.Info("%s: waiting for %s in progress", r.c.route, output.Plural(n, "job", "jobs"))
		}
	})()
	stop := context.AfterFunc(proxy, func() {
		time.AfterFunc(syncGrace, func() { release(context.Cause(proxy)) })
		if n := r.busy.Load(); n > 0 {
			r.p.env.Info("%s: waiting up to %s for %s in progress", r.c.route, cmderr.ShortDuration(syncGrace), output.Plural(n, "job", "jobs"))
		}
	})
	defer stop()
	wctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	errs := make([]error, r.c.route.parallel+1)
	var wg sync.WaitGroup
	if n, _ := r.c.queue.Waiting(); n > 0 {
		wg.Go(func() {
			if errs[r.c.route.parallel] = (&forwarder{p: r.p, c: r.c}).run(wctx); errs[r.c.route.parallel] != nil {
				cancel(errs[r.c.route.parallel])
			}
		})
	}
	for i := range r.c.route.parallel {
		wg.Go(func() {
			w := &syncWorker{p: r.p, c: r.c, busy: &r.busy, answered: &r.answered, jobCtx: jobCtx, retryCtx: retryCtx, unique: wire.NewUniqueSource()}
			defer w.drop()
			if errs[i] = r.p.supervisor.Run(wctx, r.c.route.from.Server, w.work); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// syncWorker relays one job at a time.
type syncWorker struct {
	p             *proxy
	c             *routeStats
	busy          *atomic.Int64
	answered      *jobs.Answered
	jobCtx        context.Context // ends when running jobs are to be released
	retryCtx      context.Context // ends when jobs that do not run at the target are to be released
	unique        *wire.UniqueSource
	target        *wire.Conn // nil: none
	used          time.Time  // when the connection last worked
	failureLogged bool       // the target is down or refuses jobs
}

// work serves the source on one connection.
func (w *syncWorker) work(ctx context.Context, c *wire.Conn) error {
	if err := w.p.loops.introduce(ctx, c); err != nil {
		return err
	}
	if err := w.p.checkRelease(ctx, c); err != nil {
		return err
	}
	return c.Work(ctx, &wire.Work{
		Function: w.c.route.from.Queue, ClientID: w.p.loops.clientID(c),
		Do: func(j *wire.ActiveJob) error {
			digest := w.answered.Check(w.p.env, j)
			err := w.relay(ctx, j)
			if err == nil {
				w.answered.Add(j.Server, digest)
			}
			return err
		},
		Gone: func(handle string) {
			w.p.env.Verbose("%s: job %s: no longer known at the source when it finished", w.c.route, handle)
		},
	})
}

// relay runs a job at the target. It returns an error when the source's connection fails or the proxy must stop; the job is
// released at the source then.
func (w *syncWorker) relay(ctx context.Context, j *wire.ActiveJob) error {
	w.busy.Add(1)
	defer w.busy.Add(-1)
	if probe.IsStatusRequest(j.Function, j.Workload) {
		probe.LetListen(ctx)
	}
	job, err := w.submission(ctx, j)
	if err != nil {
		return err
	}
	if job == nil {
		return j.Fail()
	}
	for wait := w.p.supervisor.Backoff.Min; ; wait = min(2*wait, w.p.supervisor.Backoff.Max) {
		a := &replyRelay{j: j, c: w.c}
		err := w.try(job, a)
		var circle *cmderr.UsageError
		switch {
		case a.sourceErr != nil, errors.As(err, &circle), w.jobCtx.Err() != nil:
			w.drop()
			return errors.Join(a.sourceErr, err)
		case err == nil:
			return nil
		case a.started:
			w.targetFailed(err)
			j.Warning([]byte("gearctl: lost the connection to the target while receiving the result\n"))
			return j.Fail()
		}
		w.targetFailed(err)
		if !cmderr.Pause(w.retryCtx, wait) {
			return context.Cause(w.retryCtx)
		}
	}
}

// submission returns the job for the target; nil if it was rejected.
func (w *syncWorker) submission(ctx context.Context, j *wire.ActiveJob) (*wire.Submission, error) {
	w.c.bytesIn.Add(int64(len(j.Workload)))
	data, priority, err := w.c.route.recoder.recode(nil, j.Workload)
	if err != nil {
		w.c.reject(w.p.env, string(j.Handle), err)
		return nil, w.storeRejected(ctx, j)
	}
	job := &wire.Submission{Function: w.c.route.to.Queue, Unique: jobs.KeyAtTarget(w.unique, w.c.route.to.Queue, string(j.Unique), j.Workload), Workload: data}
	job.Priority = priority
	return job, nil
}

// storeRejected keeps a rejected job in the spool. While that has no room it waits; the job is released at the source when
// the proxy is stopped meanwhile.
func (w *syncWorker) storeRejected(ctx context.Context, j *wire.ActiveJob) error {
	record := w.p.record(w.c.route, j.Job)
	record.Data = bytes.Clone(j.Workload)
	store := func() error { return w.c.queue.Reject([]archive.Record{record}) }
	err := store()
	if err != nil && w.p.retryStore(ctx, w.c.route, err, store) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// try submits the job and relays its updates. An error is the target's.
func (w *syncWorker) try(job *wire.Submission, a *replyRelay) error {
	if err := w.connect(); err != nil {
		return err
	}
	handle, err := w.target.Submit(w.jobCtx, job)
	if err != nil {
		return servers.ExplainSubmission(w.jobCtx, w.target, err, job.Type())
	}
	if err := w.target.Await(w.jobCtx, handle, a.relay); err != nil {
		return err
	}
	w.used = w.p.env.Now()
	w.c.accepted(len(job.Workload), false)
	w.targetRecovered()
	return nil
}

// connect makes sure that there is a working connection to the target.
func (w *syncWorker) connect() error {
	if w.target != nil && w.p.env.Now().Sub(w.used) >= usedWithin && w.target.Echo(w.jobCtx, []byte("gearctl")) != nil {
		w.drop()
	}
	if w.target != nil {
		return nil
	}
	c, err := w.p.supervisor.Dialer.Dial(w.jobCtx, w.c.route.to.Server)
	if err != nil {
		return err
	}
	w.target, w.used = c, w.p.env.Now()
	return w.p.loops.introduce(w.jobCtx, c)
}

func (w *syncWorker) drop() {
	if w.target != nil {
		w.target.Close()
	}
	w.target = nil
}

// targetFailed logs an outage or a refusal of the target, once until it is over.
func (w *syncWorker) targetFailed(err error) {
	w.drop()
	if connect.IsOutage(err) {
		w.p.supervisor.ReportDown(w.c.route.to.Server, err)
	} else if !w.failureLogged {
		w.p.env.Warn("%s: %s; retrying", w.c.route, w.p.env.OneLine(err))
	}
	w.c.refused.Add(1)
	w.failureLogged = true
}

func (w *syncWorker) targetRecovered() {
	if slices.Contains(w.p.supervisor.Outages(), w.c.route.to.Server) {
		w.p.supervisor.ReportUp(w.c.route.to.Server)
	}
	w.failureLogged = false
}

// replyRelay passes the updates of a job to its source.
type replyRelay struct {
	j         *wire.ActiveJob
	c         *routeStats
	started   bool  // data or a warning was passed on
	sourceErr error // of the connection to the source
}

func (a *replyRelay) relay(u wire.Update) error {
	a.sourceErr = a.send(u)
	if errors.Is(a.sourceErr, wire.ErrNoParts) {
		a.sourceErr = nil // the client sees the result without it
	}
	return a.sourceErr
}

func (a *replyRelay) send(u wire.Update) error {
	switch u.Type {
	case wire.WorkData:
		a.started = true
		return a.j.Data(u.Data)
	case wire.WorkWarning:
		a.started = true
		return a.j.Warning(u.Data)
	case wire.WorkStatus:
		return a.j.Status(u.Numerator, u.Denominator)
	case wire.WorkComplete:
		return a.j.Complete(u.Data)
	}
	return a.j.Fail()
}
