package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// ErrDestroysJobs says that a server destroys a released job: it runs with --job-retries=N and the job was released N times,
// or it is an unreleased gearmand with --job-retries=0. The setting cannot be asked for. The Perl server forgets every job
// that is released.
var ErrDestroysJobs = errors.New("the server destroys released jobs (gearmand --job-retries)")

// MaxReleases is the most releases that are checked: a million take about ten seconds.
const MaxReleases = 1_000_000

// ErrTooManyReleases says that it was not checked whether a server keeps a job that is released so often.
var ErrTooManyReleases = errors.New("a job was released too often to check whether the server keeps it (RETRIES in show jobs)")

// ReleaseError says how often a job was released before the server destroyed it. It wraps ErrDestroysJobs.
type ReleaseError struct {
	Survived int // releases after which it was still there
	Of       int // releases that were checked
}

func (e *ReleaseError) Error() string {
	return fmt.Sprintf("after %d of %d: %v", e.Survived, e.Of, ErrDestroysJobs)
}

// Unwrap returns ErrDestroysJobs.
func (e *ReleaseError) Unwrap() error { return ErrDestroysJobs }

// CheckRelease checks, with a canary job, that a job survives the given number of releases. If it does not, the error is a
// *ReleaseError. After any other error the result is unknown; more than MaxReleases are ErrTooManyReleases.
//
// It takes three round trips, and one more for each thousand releases. The canary's queue has a worker as long as it
// exists. It is removed afterwards, on a new connection if this one broke, or reported to Dialer.Leftover. After an error
// other than a *ReleaseError or a *ServerError the connection is closed.
func (c *Conn) CheckRelease(ctx context.Context, releases int) error {
	switch {
	case releases > MaxReleases:
		return ErrTooManyReleases
	case !c.canServeCanary():
		return c.onNewConn(ctx, func(c *Conn) error { return c.CheckRelease(ctx, releases) })
	}
	p := c.BeginReleaseCheck(releases)
	err := p.Survives(ctx, releases)
	if Endable(err) {
		err = cmp.Or(p.End(ctx), err)
	}
	return err
}

// HighWaterMark returns the number in the handle of a new canary job. A job that is submitted later and gets a handle with
// this number or a lower one was merged into an older job with the same unique key, and its workload was discarded. The
// server must make handles that end in a number. It takes three round trips. After an error the connection is closed, unless
// the server refused the job or its handle had no number.
func (c *Conn) HighWaterMark(ctx context.Context) (number uint64, err error) {
	if !c.canServeCanary() {
		err = c.onNewConn(ctx, func(c *Conn) error {
			number, err = c.HighWaterMark(ctx)
			return err
		})
		return number, err
	}
	p := c.BeginReleaseCheck(0)
	err = p.Survives(ctx, 0)
	var destroys *ReleaseError
	if errors.As(err, &destroys) {
		err = nil
	}
	if Endable(err) {
		err = cmp.Or(p.End(ctx), err)
	}
	if err != nil {
		return 0, err
	}
	return p.HighWaterMark()
}

// releaseBatch is how many grabs of a ReleaseCheck are in flight.
const releaseBatch = 1000

// Endable reports whether a ReleaseCheck for which Survives returned err must be ended by End, on a connection that is still
// good: after success, a *ReleaseError, a *ServerError by which the server refused the job, or ErrTooManyReleases.
func Endable(err error) bool {
	var destroys *ReleaseError
	var refused *ServerError
	return err == nil || errors.As(err, &destroys) || errors.As(err, &refused) || errors.Is(err, ErrTooManyReleases)
}

// ReleaseCheck is CheckRelease in steps, so that it can share round trips with pipelined commands. It must be ended by End or
// Abandon, unless Survives returned an error that is not Endable.
type ReleaseCheck struct {
	*canary
	handle     []byte
	sent, seen int   // grabs, and the answers to them
	survived   int   // releases after which it was assigned again
	held       bool  // assigned at the last grab
	refused    error // by the server
	forgotten  bool  // the server does not know it any more
}

// BeginReleaseCheck buffers the submission of a canary job, and a grab for it after each of the given number of releases. They
// leave with the next request that is flushed. The connection must have grabbed no jobs.
func (c *Conn) BeginReleaseCheck(releases int) *ReleaseCheck {
	k := &ReleaseCheck{canary: newCanary(c)}
	k.send(releases)
	return k
}

// Survives checks that the job survives the given number of releases in all; see CheckRelease. It takes one round trip, none
// if the answers have come, and one more for each thousand releases.
func (k *ReleaseCheck) Survives(ctx context.Context, releases int) error {
	if releases > MaxReleases {
		return ErrTooManyReleases
	}
	err := k.c.do(ctx, "release a canary job on", k.c.nc.answer, func() error { return k.run(releases) })
	switch {
	case err != nil && !Endable(err):
		k.rescue(ctx)
		return err
	case err != nil:
		return err
	case k.survived < releases || !k.held:
		return &ReleaseError{k.survived, releases}
	}
	return nil
}

// Server returns the host:port of the server.
func (k *ReleaseCheck) Server() string { return k.c.server }

// HighWaterMark returns the number of the job's handle; see HighWaterMark.
func (k *ReleaseCheck) HighWaterMark() (uint64, error) {
	number, ok := HandleNumber(k.handle)
	if !ok {
		return 0, fmt.Errorf("%s: the handle %.100q has no number, so new jobs cannot be recognized", k.c.Server(), k.handle)
	}
	return number, nil
}

// End completes the job and removes the queue, in two round trips. After an error the connection is closed.
func (k *ReleaseCheck) End(ctx context.Context) error {
	err := k.c.do(ctx, "end a canary job on", k.c.nc.answer, k.finish)
	switch {
	case err == nil && !k.forgotten: // it may come back later, and dropping a queue with a job corrupts gearmand
		k.c.canary = "" // nor may it be taken for the next one
		k.reportLeftover()
		return nil
	case err == nil:
		err = k.drop(ctx, k.c)
	}
	if err != nil {
		k.rescue(ctx)
	}
	return err
}

// Abandon closes the connection, and removes the job and the queue by a new one.
func (k *ReleaseCheck) Abandon(ctx context.Context) { k.rescue(ctx) }

// send sends what takes and releases the job, a batch of it.
func (k *ReleaseCheck) send(releases int) {
	for last := k.seen + releaseBatch; k.sent <= releases && k.sent < last; k.sent++ {
		k.sendGrab(k.sent == 0)
	}
}

// run takes the job, then releases it and takes it again for each release, until it does not come back.
func (k *ReleaseCheck) run(releases int) error {
	for k.seen <= releases {
		k.send(releases)
		if err := k.c.Flush(); err != nil {
			return err
		}
		for ; k.seen < k.sent; k.seen++ {
			lost := k.seen > 0 && !k.held
			if err := k.receiveGrab(k.seen == 0); err != nil {
				return err
			}
			if k.held && lost {
				return &FrameError{Reason: "a job that was gone is assigned"}
			}
			if k.held {
				k.survived = k.seen
			}
		}
		if k.refused != nil || !k.held {
			return k.refused
		}
	}
	return nil
}

// sendGrab sends a submission at first, else a release, and a grab.
func (k *ReleaseCheck) sendGrab(first bool) {
	if !first {
		k.c.Send(CantDo, []byte(k.function))
	}
	k.register()
	if first {
		k.c.SendJob(k.job())
	}
	k.c.Send(GrabJob)
}

// receiveGrab reads what sendGrab is answered with.
func (k *ReleaseCheck) receiveGrab(first bool) error {
	if first {
		p, err := k.next()
		if err != nil {
			return err
		}
		switch {
		case p.Type == JobCreated:
			k.handle = append(k.handle, p.Arg(0)...)
		case p.Type != Error:
			return unexpected(p)
		default:
			k.refused = AsServerError(p)
		}
	}
	p, err := k.next()
	if err != nil {
		return err
	}
	k.held = p.Type == JobAssign
	switch {
	case p.Type == Error:
		k.refused = cmp.Or(k.refused, AsServerError(p))
	case !k.held && p.Type != NoJob:
		return unexpected(p)
	}
	return nil
}

// next returns the next packet that is neither a NOOP nor the end of our own job: we are its client, too.
func (k *ReleaseCheck) next() (Packet, error) {
	for {
		p, err := k.c.receiveAnswer()
		ended := p.Type == WorkComplete || p.Type == WorkFail
		if err != nil || !ended || string(p.Arg(0)) != string(k.handle) {
			return p, err
		}
	}
}

// finish ends the job and sees whether the server has forgotten it. Grabs that are still unanswered find nothing, and a
// server that destroyed the job says that it cannot find it.
func (k *ReleaseCheck) finish() error {
	k.c.Send(WorkComplete, k.handle, nil)
	k.c.Send(CantDo, []byte(k.function))
	k.c.Send(GetStatus, k.handle)
	k.c.Send(EchoReq, []byte(k.function))
	if err := k.c.Flush(); err != nil {
		return err
	}
	for {
		p, err := k.next()
		switch {
		case err != nil:
			return err
		case p.Type == EchoRes:
			return nil
		case p.Type == StatusRes:
			k.forgotten = !jobState(p).Known
		case p.Type != NoJob && (p.Type != Error || k.held):
			return unexpected(p)
		}
	}
}
