package proxy

import (
	"context"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// Bounds of what is on its way to a target without an answer: jobs, and bytes of them.
const (
	forwardWindow = wire.DefaultWindow
	forwardBytes  = 4 << 20
)

// idleEcho is how long a connection to a target may lie unused before it is asked whether it is still good.
const idleEcho = 10 * time.Second

// outgoing is a job on its way to the target.
type outgoing struct {
	archive.Record
	refused bool // it was before
}

// forwarder submits the jobs of a route's spool to its target.
type forwarder struct {
	p    *proxy
	c    *routeCounts
	todo []outgoing // to be sent next

	unread bool // told that the spool cannot be read

	mu      sync.Mutex // guards what receipts change
	sent    []outgoing // without an answer
	bytes   int64      // of sent
	again   []outgoing // refused
	pending int        // jobs that were refused and are not accepted yet
	done    int64      // accepted, and the spool does not know
	mark    uint64     // highest number of a handle
	refusal error      // of this session
	told    bool       // of a refusal
	flat    bool       // the target knows no low priority, as the Perl server
}

// run submits jobs until ctx ends.
func (f *forwarder) run(ctx context.Context) error {
	return f.p.s.Run(ctx, f.c.route.to.Server, f.forward)
}

// forward submits jobs on one connection.
func (f *forwarder) forward(ctx context.Context, c *wire.Conn) error {
	if err := f.p.circles.introduce(ctx, c); err != nil {
		return err
	}
	if err := f.setMark(ctx, c); err != nil {
		return err
	}
	f.p.env.Verbose("%s: sending", f.c.route)
	wait := f.p.s.Backoff.Min
	for ctx.Err() == nil {
		more, err := f.session(ctx, c)
		if err != nil {
			return err
		}
		switch refused := f.takeRefusal(); {
		case refused != nil:
			cmderr.Pause(ctx, wait)
			wait = min(2*wait, f.p.s.Backoff.Max)
		case !more:
			wait = f.p.s.Backoff.Min
			if err := f.rest(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// setMark learns which handles are older than what we submit.
func (f *forwarder) setMark(ctx context.Context, c *wire.Conn) error {
	mark, err := c.HighWaterMark(ctx)
	if err != nil && !connect.IsOutage(err) {
		f.p.env.Verbose("%s: merged jobs are not counted: %v", f.c.route, err)
		return nil
	}
	f.mark = mark
	return err
}

// rest waits for something in the spool, and asks now and then whether the target is still there.
func (f *forwarder) rest(ctx context.Context, c *wire.Conn) error {
	if err := f.c.queue.Save(); err != nil {
		f.p.env.Warn("%s: spool: %v", f.c.route, err)
	}
	t := time.NewTimer(idleEcho)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-f.c.queue.Ready():
		return nil
	case <-t.C:
		return c.Echo(ctx, []byte("gearctl"))
	}
}

// session submits what there is and waits for all answers. more says that there was more than may be on its way. What
// was not accepted is sent first next time, in its order.
func (f *forwarder) session(ctx context.Context, c *wire.Conn) (more bool, err error) {
	s := wire.NewSubmitter(context.WithoutCancel(ctx), c, forwardWindow, f.receipt)
	s.SetHighWaterMark(f.mark)
	more, err = f.sendAll(ctx, s)
	_, _, closed := s.Close()
	if err == nil {
		err = closed
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if back := append(f.again, f.sent...); len(back) > 0 {
		f.todo = append(back, f.todo...)
	}
	f.again, f.sent, f.bytes = nil, nil, 0
	return more, err
}

// sendAll sends until there is nothing more, enough is on its way or the target refuses.
func (f *forwarder) sendAll(ctx context.Context, s *wire.Submitter) (more bool, err error) {
	job := wire.Submission{Function: f.c.route.to.Queue, Background: true}
	for ctx.Err() == nil {
		if len(f.todo) == 0 {
			if err := f.fill(); err != nil || len(f.todo) == 0 {
				return false, err
			}
		}
		o := &f.todo[0]
		if !f.onItsWay(o) {
			return true, nil
		}
		job.Unique, job.Workload = o.Unique, o.Data
		job.Priority = f.priority(o)
		f.todo = f.todo[1:]
		if err := s.Send(&job); err != nil {
			return false, err
		}
	}
	return false, nil
}

// priority returns the priority of a job, normal where the target does not have it.
func (f *forwarder) priority(o *outgoing) wire.Priority {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flat && o.Priority == wire.PriorityLow {
		return wire.PriorityNormal
	}
	return o.Priority
}

// fill takes jobs out of the spool.
func (f *forwarder) fill() error {
	records, err := f.c.queue.Next()
	if err != nil {
		if !f.unread {
			f.p.env.Warn("%s: spool: %v; retrying", f.c.route, err)
		}
		f.unread = true
		return nil
	}
	f.unread = false
	f.todo = make([]outgoing, len(records))
	for i := range records {
		f.todo[i].Record = records[i]
	}
	return nil
}

// onItsWay notes that a job is about to be sent. It reports false when that is not to be.
func (f *forwarder) onItsWay(o *outgoing) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refusal != nil || f.bytes > forwardBytes {
		return false
	}
	f.sent = append(f.sent, *o)
	f.bytes += int64(len(o.Data))
	return true
}

// receipt notes the answer to the oldest job on its way. It is called by a goroutine of the Submitter.
func (f *forwarder) receipt(r wire.SubmitResult) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.sent[0]
	f.sent[0] = outgoing{}
	f.sent = f.sent[1:]
	f.bytes -= int64(len(o.Data))
	if r.Err != nil {
		f.refuse(o, r.Err)
		return nil
	}
	if n, ok := wire.HandleNumber(r.Handle); ok {
		f.mark = max(f.mark, n)
	}
	f.c.accepted(len(o.Data), r.Merged)
	if len(o.Data) == 0 {
		f.c.noteEmpty(f.p.env)
	}
	if o.refused {
		f.pending--
	}
	f.done++
	if f.pending == 0 {
		f.c.queue.Done(f.done)
		f.done = 0
	}
	return nil
}

// refuse keeps a job that the target refused; f.mu is held.
func (f *forwarder) refuse(o outgoing, err error) {
	if !o.refused {
		f.pending++
	}
	o.refused = true
	f.again = append(f.again, o)
	f.refusal = err
	f.flat = f.flat || servers.IsUnknownPacket(err)
	f.c.refused.Add(1)
}

// takeRefusal returns why the target refused jobs in the last session, and tells of the beginning and of the end.
func (f *forwarder) takeRefusal() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refusal
	f.refusal = nil
	switch {
	case err != nil && !f.told:
		f.told = true
		f.p.env.Warn("%s: refused: %v; retrying", f.c.route, err)
	case err == nil && f.told && f.pending == 0:
		f.told = false
		f.p.env.Info("%s: the target accepts jobs again", f.c.route)
	}
	return err
}
