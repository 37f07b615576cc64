package wire

import (
	"context"
	"errors"
	"fmt"
)

// ErrDestroysJobs says that a server drops a job that is released: it runs with --job-retries=N and the job was
// released N times, or it is an unreleased gearmand with --job-retries=0. The value cannot be asked. The Perl server
// forgets every job that is released.
var ErrDestroysJobs = errors.New("the server destroys jobs that are handed back (gearmand --job-retries)")

// ReturnsError says how often a job was released before the server destroyed it. It is an ErrDestroysJobs.
type ReturnsError struct {
	Survived int // releases after which it was still there
	Of       int // that were to be proved
}

func (e *ReturnsError) Error() string {
	return fmt.Sprintf("after %d of %d: %v", e.Survived, e.Of, ErrDestroysJobs)
}

// Unwrap returns ErrDestroysJobs.
func (e *ReturnsError) Unwrap() error { return ErrDestroysJobs }

// ProveReturns proves on a queue of its own that a job survives releases releases. When it does not, the error is a
// *ReturnsError. Any other error means that nothing was proved.
//
// It takes three round trips, and one more for each thousand releases. The queue has a worker as long as it is there.
// It is removed afterwards, on a new connection when this one broke, or reported to Dialer.Left. After an error that is
// neither a *ReturnsError nor a refusal, which is a *ServerError, the connection is closed.
func (c *Conn) ProveReturns(ctx context.Context, releases int) error {
	if !c.mayProve() {
		return c.aside(ctx, func(c *Conn) error { return c.ProveReturns(ctx, releases) })
	}
	k := &releaseProof{canary: newCanary(c)}
	if err := k.run(ctx, "hand a job of our own back to", releases); err != nil {
		return err
	}
	if k.survived < releases || !k.held {
		return &ReturnsError{k.survived, releases}
	}
	return nil
}

// HandleMark returns the number of a job that the server has just made, on a queue of its own that is removed again. A
// job that is submitted later and gets a handle with a number up to it was merged into an older job with the same
// unique key, and its workload thrown away. The server must make handles that end in a number. It takes three round
// trips. After an error the connection is closed, unless the server refused the job or its handle had no number.
func (c *Conn) HandleMark(ctx context.Context) (number uint64, err error) {
	if !c.mayProve() {
		err = c.aside(ctx, func(c *Conn) error {
			number, err = c.HandleMark(ctx)
			return err
		})
		return number, err
	}
	k := &releaseProof{canary: newCanary(c)}
	if err := k.run(ctx, "mark the jobs of", 0); err != nil {
		return 0, err
	}
	number, ok := HandleNumber(k.handle)
	if !ok {
		return 0, fmt.Errorf("%s: the handle %.100q has no number: which jobs are new cannot be told", c.Server(), k.handle)
	}
	return number, nil
}

// proofBatch is how many grabs of a proof are in flight.
const proofBatch = 1000

// releaseProof is a canary that is taken and released, all in one go.
type releaseProof struct {
	*canary
	handle   []byte
	survived int  // releases after which it was handed out again
	held     bool // handed out at the last grab
	gone     bool // the server does not know it any more
}

// run makes the job, releases it, ends it and removes the queue.
func (k *releaseProof) run(ctx context.Context, op string, releases int) error {
	var refused *ServerError // after which the connection is still good
	settled := false
	err := k.c.do(ctx, op, 0, func() error {
		err := k.fly(releases)
		if err != nil && !errors.As(err, &refused) {
			return err
		}
		k.held = k.held && err == nil
		if broken := k.settle(); broken != nil {
			return broken
		}
		settled = true
		return err
	})
	broken := err
	switch {
	case settled && !k.gone: // it may come back later, and dropping a queue with a job corrupts gearmand
		k.c.canary = "" // nor may it be taken for the next one
		k.report()
		return err
	case settled:
		broken = k.drop(ctx, k.c)
	}
	if broken != nil {
		k.rescue(ctx)
		return broken
	}
	return err
}

// fly submits the job and takes it, then releases it and takes it again for each release, until it does not come back.
func (k *releaseProof) fly(releases int) error {
	for sent, seen := 0, 0; seen <= releases; {
		first := sent
		for ; sent <= releases && sent < first+proofBatch; sent++ {
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
func (k *releaseProof) sendGrab(first bool) {
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
func (k *releaseProof) receiveGrab(first bool) error {
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

// next returns the next packet that is neither a NOOP nor the end of our own job: we are its client, too.
func (k *releaseProof) next() (Packet, error) {
	for {
		p, err := k.c.receiveAnswer()
		ended := p.Type == WorkComplete || p.Type == WorkFail
		if err != nil || !ended || string(p.Arg(0)) != string(k.handle) {
			return p, err
		}
	}
}

// settle ends the job and sees whether the server has forgotten it. Grabs that are still unanswered find nothing, and a
// server that destroyed the job says that it cannot find it.
func (k *releaseProof) settle() error {
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
			k.gone = !jobState(p).Known
		case p.Type != NoJob && (p.Type != Error || k.held):
			return unexpected(p)
		}
	}
}
