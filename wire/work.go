package wire

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Work are the settings of Conn.Work: a worker that does one job at a time. A connection serves a single function, because
// gearmand 2.0.0 and later can hang, or leave a job waiting, if it serves several.
type Work struct {
	Function string
	ClientID string // shown in the server's list of workers; see SetClientID
	// Timeout is how long a job may take before the server assigns it to another worker (CAN_DO_TIMEOUT), at least a second;
	// 0: no limit. gearmand 1.1.20 does not stop the timer of a connection's first job when it is done: with a Timeout, set
	// Jobs to 1 and use a connection for one job only.
	Timeout     time.Duration
	Jobs        int           // how many to do; 0: until ctx ends
	IdleTimeout time.Duration // end after this time without a job, checked every ten seconds; 0: never
	// Limiter, if not nil, limits the jobs of several connections. The worker acquires room before it asks for a job and
	// releases it afterwards. It ends when there will be no more room.
	Limiter *Limiter
	// Do does a job and must answer it with Complete or Fail. Its error ends the worker and is returned unchanged.
	Do func(*ActiveJob) error
	// Gone, if not nil, is called with the handle of a job that the server no longer knew when it was answered.
	Gone func(handle string)
}

// ActiveJob is a job in progress. Its memory is valid until Do returns.
type ActiveJob struct {
	Job
	Server  string
	c       *Conn
	noParts bool // the server does not support partial results
}

// ErrNoParts means that the server supports neither WORK_DATA nor WORK_WARNING, and nothing was sent. This is the Perl
// server, recognized because it does not know GRAB_JOB_UNIQ.
var ErrNoParts = errors.New("the server has neither WORK_DATA nor WORK_WARNING")

// Data sends a partial result to the waiting clients. See ErrNoParts.
func (j *ActiveJob) Data(b []byte) error { return j.part(WorkData, b) }

// Warning sends a warning to the waiting clients. See ErrNoParts.
func (j *ActiveJob) Warning(b []byte) error { return j.part(WorkWarning, b) }

func (j *ActiveJob) part(t Type, b []byte) error {
	if j.noParts {
		return j.c.opError(context.Background(), t.String(), ErrNoParts)
	}
	return j.send(t, b)
}

// Status sends the progress to the waiting clients.
func (j *ActiveJob) Status(numerator, denominator int64) error {
	return j.send(WorkStatus, strconv.AppendInt(nil, numerator, 10), strconv.AppendInt(nil, denominator, 10))
}

// Complete ends the job with the rest of its result. It is sent with the request for the next job, or at once if there is no
// room for another.
func (j *ActiveJob) Complete(b []byte) error {
	j.c.Send(WorkComplete, j.Handle, b)
	return j.c.opError(context.Background(), WorkComplete.String(), j.c.writeErr)
}

// Fail ends the job as failed. It is sent like Complete.
func (j *ActiveJob) Fail() error {
	j.c.Send(WorkFail, j.Handle)
	return j.c.opError(context.Background(), WorkFail.String(), j.c.writeErr)
}

func (j *ActiveJob) send(t Type, args ...[]byte) error {
	j.c.Send(t, append([][]byte{j.Handle}, args...)...)
	return j.c.opError(context.Background(), t.String(), j.c.Flush())
}

// worker is a running Work.
type worker struct {
	*Work
	c          *Conn
	ctx        context.Context
	grab       Type
	also       []string // more functions than that of Work: see WorkShared
	lastHandle string   // handle of the job whose answer the server may not have handled yet; empty: none
	done       int
	hasRoom    bool // there is room for the next job
	noMoreRoom bool // no room for another job, ever
}

// Work does jobs. When ctx ends, it finishes the current job and returns the cause of ctx. It returns nil after w.Jobs jobs,
// or after w.IdleTimeout without a job. If the connection fails, the server releases the current job.
func (c *Conn) Work(ctx context.Context, w *Work) error { return c.work(ctx, w, nil) }

// WorkShared is Work that also serves the functions in also, for servers that limit connections. Only gearmand before 2.0.0
// handles that correctly; the caller must have checked the version.
func (c *Conn) WorkShared(ctx context.Context, w *Work, also []string) error {
	return c.work(ctx, w, also)
}

func (c *Conn) work(ctx context.Context, w *Work, also []string) error {
	if !c.claimFunction(w.Function) {
		return c.onNewConn(ctx, func(c *Conn) error { return c.work(ctx, w, also) })
	}
	k := &worker{Work: w, c: c, ctx: ctx, grab: GrabJobUniq, also: also}
	err := c.do(Outlast(ctx), "work on", 0, k.run)
	if err == nil && ctx.Err() != nil && (w.Jobs == 0 || k.done < w.Jobs) {
		return context.Cause(ctx)
	}
	return err
}

func (k *worker) run() error {
	defer func() {
		if k.hasRoom {
			k.Limiter.Release(false)
		}
	}()
	k.introduce()
	var nap time.Duration // before the next sleep
	rested := false       // it paused, and must ask for a job before it sleeps: one may have come meanwhile
	worked := time.Now()
	for k.ctx.Err() == nil && (k.Jobs == 0 || k.done < k.Jobs) {
		got, err := k.one()
		switch {
		case err != nil:
			return err
		case k.noMoreRoom, !got && k.IdleTimeout > 0 && time.Since(worked) >= k.IdleTimeout: // not asleep: no NOOP is lost
			return k.settle()
		case got:
			nap, rested, worked = 0, false, time.Now()
			continue
		case nap > 0 && !rested:
			rested = k.pause(nap)
			continue
		}
		rested = false
		if nap, err = k.sleep(nap); err != nil {
			return err
		}
	}
	return k.settle()
}

// settle waits until the server has handled the last answer, so that its status is current and a job that is gone is
// reported.
func (k *worker) settle() error {
	settled := k.lastHandle == ""
	if !settled {
		k.c.Send(EchoReq, []byte("worked"))
	}
	if err := k.c.Flush(); err != nil || settled {
		return err
	}
	for {
		p, err := k.c.receiveAnswer()
		switch {
		case err != nil:
			return err
		case p.Type == EchoRes:
			return nil
		case p.Type == Error && isJobNotFound(p):
			k.refused(p)
		default:
			return unexpected(p)
		}
	}
}

func (k *worker) introduce() {
	if k.ClientID != "" {
		k.c.SetClientID(k.ClientID)
	}
	for _, f := range append([]string{k.Function}, k.also...) {
		if k.Timeout > 0 {
			ms := max(k.Timeout.Milliseconds(), 1000)
			k.c.Send(CanDoTimeout, []byte(f), strconv.AppendInt(nil, ms, 10))
		} else {
			k.c.Send(CanDo, []byte(f))
		}
	}
}

// one asks for a job, does it, and reports whether there was one.
func (k *worker) one() (got bool, err error) {
	if ok, err := k.room(); !ok {
		return false, err
	}
	if k.Limiter != nil {
		defer func() {
			did := got && err == nil
			k.hasRoom = did && k.Limiter.Renew()
			if !did {
				k.Limiter.Release(got)
			}
		}()
	}
	k.c.Send(k.grab)
	if err := k.c.Flush(); err != nil {
		return false, err
	}
	for {
		p, err := k.c.receiveAnswer()
		if err != nil {
			return false, err
		}
		switch p.Type {
		case NoJob:
			k.lastHandle = ""
			return false, nil
		case JobAssignUniq:
			return true, k.do(Job{Handle: p.Arg(0), Function: p.Arg(1), Unique: p.Arg(2), Workload: p.Arg(3)})
		case JobAssign:
			return true, k.do(Job{Handle: p.Arg(0), Function: p.Arg(1), Workload: p.Arg(2)})
		case Error:
			if err := k.refused(p); err != nil {
				return false, err
			}
		default:
			return false, unexpected(p)
		}
	}
}

// room acquires room for a job. It flushes the answer to the last job before it waits.
func (k *worker) room() (ok bool, err error) {
	if k.hasRoom || k.Limiter == nil || k.Limiter.TryAcquire() {
		return true, nil
	}
	if err := k.c.Flush(); err != nil {
		return false, err
	}
	k.noMoreRoom = !k.Limiter.Acquire(k.ctx)
	return !k.noMoreRoom, nil
}

func (k *worker) do(j Job) error {
	k.lastHandle = string(j.Handle)
	k.done++
	err := k.Do(&ActiveJob{Job: j, Server: k.c.server, c: k.c, noParts: k.grab == GrabJob})
	var broken *OpError
	if err != nil && !errors.As(err, &broken) {
		k.c.Flush() // it may have answered before it failed
	}
	return fromCallback(err)
}

// refused handles an ERROR: JOB_NOT_FOUND is the answer to the last result, anything else to a GRAB_JOB_UNIQ that the server
// does not know. Partial results get a JOB_NOT_FOUND each; a job is reported once.
func (k *worker) refused(p Packet) error {
	if isJobNotFound(p) && k.done > 0 {
		if k.lastHandle != "" && k.Gone != nil {
			k.Gone(k.lastHandle)
		}
		k.lastHandle = ""
		return nil
	}
	if k.grab != GrabJobUniq || k.done > 0 {
		return AsServerError(p)
	}
	k.grab = GrabJob
	k.c.Send(k.grab)
	return k.c.Flush()
}

// How long a worker pauses before it sleeps again if the server woke it at once: with scheduled jobs, the server answers every
// PRE_SLEEP with NOOP. The pause doubles but stays short, because a pausing worker is not woken when a job comes.
const (
	minBackoff = time.Millisecond
	maxBackoff = 100 * time.Millisecond
)

// sleep waits for a NOOP. next is how long to pause before the next sleep if there is no job; nap is the pause before this one.
func (k *worker) sleep(nap time.Duration) (next time.Duration, err error) {
	k.c.Send(PreSleep)
	if err := k.c.Flush(); err != nil {
		return 0, err
	}
	asleep := time.Now()
	defer k.c.nc.begin(k.ctx, asleep.Add(sleepTimeout))()
	switch p, err := k.c.receiveWithin(sleepTimeout); {
	case isTimeout(err):
		return 0, nil
	case err != nil:
		return 0, err
	case p.Type != Noop:
		return 0, unexpected(p)
	case time.Since(asleep) > maxBackoff:
		return 0, nil
	}
	return min(max(minBackoff, 2*nap), maxBackoff), nil
}

// pause waits for d and reports whether ctx has not ended.
func (k *worker) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-k.ctx.Done():
		return false
	}
}

// isJobNotFound reports whether an ERROR answers a WORK_ packet for an unknown job. Old versions of gearmand write the code
// in lower case, and the Perl server has its own.
func isJobNotFound(p Packet) bool {
	code := string(p.Arg(0))
	return strings.EqualFold(code, "JOB_NOT_FOUND") || code == "not_worker"
}
