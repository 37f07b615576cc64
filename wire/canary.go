package wire

import (
	"context"
	"errors"
	"fmt"
)

// ErrDestroysJobs says that a server drops a job that is handed back to it: it runs with --job-retries=N and the job
// was handed back N times, or it is an unreleased gearmand with --job-retries=0. The value cannot be asked. The Perl
// server forgets every job that is handed back.
var ErrDestroysJobs = errors.New("the server destroys jobs that are handed back (gearmand --job-retries)")

// ReturnsError says how often a job was handed back before the server destroyed it. It is an ErrDestroysJobs.
type ReturnsError struct {
	Survived int // releases after which it was still there
	Of       int // that were to be proved
}

func (e *ReturnsError) Error() string {
	return fmt.Sprintf("after %d of %d: %v", e.Survived, e.Of, ErrDestroysJobs)
}

// Unwrap returns ErrDestroysJobs.
func (e *ReturnsError) Unwrap() error { return ErrDestroysJobs }

// ProveReturns proves on a queue of its own that a job survives being handed back releases times. When it does not, the
// error is a *ReturnsError. Any other error means that nothing was proved.
//
// It takes three round trips, and one more for each thousand releases. The queue has a worker as long as it is there.
// It is removed afterwards when the server is seen to have forgotten the job; a server without the command lets it
// vanish by itself, and a refusal to remove an empty queue is no failure. When the proof was cut short, by ctx or by the
// connection, the queue may stay with its job, for dropping a queue with a job corrupts gearmand.
func (c *Conn) ProveReturns(ctx context.Context, releases int) error {
	k := &canary{c: c, function: []byte("gearctl_canary_" + NewUniqueSource().Next())}
	err := c.do(ctx, "hand a job of our own back to", 0, func() error {
		if err := k.fly(releases); err != nil {
			return err
		}
		return k.settle()
	})
	if err != nil {
		return err
	}
	if k.gone {
		err = c.DropFunction(ctx, string(k.function))
	}
	var refused *ServerError
	switch {
	case k.survived < releases || !k.held:
		return &ReturnsError{k.survived, releases}
	case errors.As(err, &refused):
		return nil
	}
	return err
}

// canaryBatch is how many grabs of a canary are in flight.
const canaryBatch = 1000

// canary is a job of our own on a queue of its own. It has no workload: gearmand sends a workload from the job's own
// memory, which must not be freed while it is on its way.
type canary struct {
	c        *Conn
	function []byte
	handle   []byte
	survived int  // releases after which it was handed out again
	held     bool // handed out at the last grab
	gone     bool // the server does not know it any more
}

// fly submits the job and takes it, then hands it back and takes it again for each release, until it does not come
// back. CAN_DO goes first, so that nobody finds the queue without a worker.
func (k *canary) fly(releases int) error {
	for sent, seen := 0, 0; seen <= releases; {
		first := sent
		for ; sent <= releases && sent < first+canaryBatch; sent++ {
			k.sendGrab(sent == 0)
		}
		if err := k.c.Flush(); err != nil {
			return err
		}
		for ; seen < sent; seen++ {
			if err := k.receiveGrab(seen == 0); err != nil || !k.held {
				return err
			}
			k.survived = seen
		}
	}
	return nil
}

// sendGrab sends a submission at first, else a release, and a grab.
func (k *canary) sendGrab(first bool) {
	if !first {
		k.c.Send(CantDo, k.function)
	}
	k.c.Send(CanDo, k.function)
	if first {
		k.c.SendJob(&Submission{Function: string(k.function), Unique: string(k.function), Background: true})
	}
	k.c.Send(GrabJob)
}

// receiveGrab reads what sendGrab is answered with.
func (k *canary) receiveGrab(first bool) error {
	if first {
		p, err := k.next()
		if err != nil {
			return err
		}
		if p.Type != JobCreated {
			return unexpected(p)
		}
		k.handle = append(k.handle, p.Arg(0)...)
	}
	p, err := k.next()
	if err != nil {
		return err
	}
	if k.held = p.Type == JobAssign; !k.held && p.Type != NoJob {
		return unexpected(p)
	}
	return nil
}

// next returns the next packet that is no NOOP.
func (k *canary) next() (Packet, error) {
	for {
		p, err := k.c.Receive()
		if err != nil || p.Type != Noop {
			return p, err
		}
	}
}

// settle ends the job and sees whether the server has forgotten it. Grabs that are still unanswered find nothing, and a
// server that destroyed the job says that it cannot find it.
func (k *canary) settle() error {
	k.c.Send(WorkComplete, k.handle, nil)
	k.c.Send(CantDo, k.function)
	k.c.Send(GetStatus, k.handle)
	k.c.Send(EchoReq, k.function)
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
			k.gone = !jobState(p).Known
		case p.Type != NoJob && (p.Type != Error || k.held):
			return unexpected(p)
		}
	}
}

// errHandBack makes Take hand the job back.
var errHandBack = errors.New("hand back")

// holdOne takes a job of function and hands it back. It reports whether there was one. On the way the server frees
// the jobs of function that it ignores, up to the first that it does not.
func (c *Conn) holdOne(ctx context.Context, function string) (got bool, err error) {
	taken, err := c.Take(ctx, &Take{Function: function, Window: 1, Max: 1, Job: func(Job) error { return errHandBack }})
	var lost *OpError // which Take joins with errHandBack
	if errors.Is(err, errHandBack) && !errors.As(err, &lost) {
		err = nil
	}
	return taken.Jobs > 0, err
}

// Sweep makes the server forget the cancelled and abandoned jobs that stand in front of a function's queue: it asks for
// one job, and hands it back if there is a live one, which it reports. ProveReturns must have proved that the job
// survives that. The job goes to the tail of its priority.
func (c *Conn) Sweep(ctx context.Context, function string) (live bool, err error) {
	return c.holdOne(ctx, function)
}
