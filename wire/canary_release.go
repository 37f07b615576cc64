package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// ErrDestroysJobs says that a server drops a job that is released: it runs with --job-retries=N and the job was
// released N times, or it is an unreleased gearmand with --job-retries=0. The value cannot be asked. The Perl server
// forgets every job that is released.
var ErrDestroysJobs = errors.New("the server destroys jobs that are handed back (gearmand --job-retries)")

// ReleaseError says how often a job was released before the server destroyed it. It is an ErrDestroysJobs.
type ReleaseError struct {
	Survived int // releases after which it was still there
	Of       int // that were to be proved
}

func (e *ReleaseError) Error() string {
	return fmt.Sprintf("after %d of %d: %v", e.Survived, e.Of, ErrDestroysJobs)
}

// Unwrap returns ErrDestroysJobs.
func (e *ReleaseError) Unwrap() error { return ErrDestroysJobs }

// CheckRelease proves on a queue of its own that a job survives releases releases. When it does not, the error is a
// *ReleaseError. Any other error means that nothing was proved.
//
// It takes three round trips, and one more for each thousand releases. The queue has a worker as long as it is there.
// It is removed afterwards, on a new connection when this one broke, or reported to Dialer.Leftover. After an error that is
// neither a *ReleaseError nor a refusal, which is a *ServerError, the connection is closed.
func (c *Conn) CheckRelease(ctx context.Context, releases int) error {
	if !c.canServeCanary() {
		return c.onNewConn(ctx, func(c *Conn) error { return c.CheckRelease(ctx, releases) })
	}
	p := c.BeginReleaseCheck(releases)
	err := p.Survives(ctx, releases)
	if Endable(err) {
		err = cmp.Or(p.End(ctx), err)
	}
	return err
}

// HighWaterMark returns the number of a job that the server has just made, on a queue of its own that is removed again. A
// job that is submitted later and gets a handle with a number up to it was merged into an older job with the same
// unique key, and its workload thrown away. The server must make handles that end in a number. It takes three round
// trips. After an error the connection is closed, unless the server refused the job or its handle had no number.
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

// releaseBatch is how many grabs of a proof are in flight.
const releaseBatch = 1000

// Endable reports whether a Proof for which Survives returned err is to be ended, on a connection that is still good: it is
// after success, a *ReleaseError and a *ServerError, by which the server refused the job.
func Endable(err error) bool {
	var destroys *ReleaseError
	var refused *ServerError
	return err == nil || errors.As(err, &destroys) || errors.As(err, &refused)
}

// ReleaseCheck is a job of our own that is taken and released, all in one go. It must be ended by End or Abandon, unless Survives
// returned an error that is not Endable.
type ReleaseCheck struct {
	*canary
	handle     []byte
	sent, seen int   // grabs, and the answers to them
	survived   int   // releases after which it was handed out again
	held       bool  // handed out at the last grab
	refused    error // by the server
	forgotten  bool  // the server does not know it any more
}

// BeginReleaseCheck submits a job, and asks for it again after each of so many releases, with the next request that is sent. The
// connection must have taken no jobs.
func (c *Conn) BeginReleaseCheck(releases int) *ReleaseCheck {
	k := &ReleaseCheck{canary: newCanary(c)}
	k.send(releases)
	return k
}

// Survives proves that the job survives releases releases in all; see CheckRelease. It takes one round trip, none when the
// answers have come, and one more for each thousand.
func (k *ReleaseCheck) Survives(ctx context.Context, releases int) error {
	err := k.c.do(ctx, "hand a job of our own back to", k.c.nc.answer, func() error { return k.run(releases) })
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
		return 0, fmt.Errorf("%s: the handle %.100q has no number: which jobs are new cannot be told", k.c.Server(), k.handle)
	}
	return number, nil
}

// End ends the job and removes the queue, in two round trips. After an error the connection is closed.
func (k *ReleaseCheck) End(ctx context.Context) error {
	err := k.c.do(ctx, "end a job of our own on", k.c.nc.answer, k.finish)
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

// Abandon closes the connection, and removes what may be left by a new one.
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
				return &FrameError{Reason: "a job that was gone is handed out"}
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
