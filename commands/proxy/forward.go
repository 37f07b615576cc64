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

// Bounds of the jobs in flight to a target: their number and bytes.
const (
	forwardWindow = wire.DefaultWindow
	forwardBytes  = 4 << 20
)

// idleEcho is how long a connection to a target may be idle before it is tested.
const idleEcho = 10 * time.Second

// outgoing is a job to be sent or in flight to the target.
type outgoing struct {
	archive.Record
	refused bool // before
}

// forwarder submits the jobs of a route's spool to its target.
type forwarder struct {
	p    *proxy
	c    *routeStats
	todo []outgoing // to be sent next

	readFailed bool // failureLogged that the spool cannot be read

	mu            sync.Mutex // guards what record changes
	sent          []outgoing // in flight
	bytes         int64      // of sent
	refused       []outgoing // refused
	pending       int        // refused jobs that are not accepted yet
	done          int64      // accepted, not yet reported to the spool
	highWater     uint64     // highest handle number
	refusal       error      // of this session
	refusalLogged bool       // the target refuses jobs
	noLowPriority bool       // the target has no low priority, like the Perl server
}

// run submits jobs until ctx ends.
func (f *forwarder) run(ctx context.Context) error {
	return f.p.supervisor.Run(ctx, f.c.route.to.Server, f.forward)
}

// forward submits jobs on one connection.
func (f *forwarder) forward(ctx context.Context, c *wire.Conn) error {
	if err := f.p.loops.introduce(ctx, c); err != nil {
		return err
	}
	if err := f.setHighWaterMark(ctx, c); err != nil {
		return err
	}
	f.p.env.Verbose("%s: sending", f.c.route)
	wait := f.p.supervisor.Backoff.Min
	for ctx.Err() == nil {
		more, err := f.session(ctx, c)
		if err != nil {
			return err
		}
		switch refused := f.takeRefusal(ctx, c); {
		case refused != nil:
			cmderr.Pause(ctx, wait)
			wait = min(2*wait, f.p.supervisor.Backoff.Max)
		case !more:
			wait = f.p.supervisor.Backoff.Min
			if err := f.waitForJobs(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// setHighWaterMark reads which handles are older than the jobs submitted here, to recognize merged ones.
func (f *forwarder) setHighWaterMark(ctx context.Context, c *wire.Conn) error {
	mark, err := c.HighWaterMark(ctx)
	if err != nil && !connect.IsOutage(err) {
		f.p.env.Verbose("%s: merged jobs are not counted: %v", f.c.route, err)
		return nil
	}
	f.highWater = mark
	return err
}

// waitForJobs waits for a job in the spool, or tests the connection when it was idle for long.
func (f *forwarder) waitForJobs(ctx context.Context, c *wire.Conn) error {
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

// session submits the jobs of the spool and waits for all answers. more reports that not all could be in flight. Jobs that
// were not accepted are sent first next time, in their order.
func (f *forwarder) session(ctx context.Context, c *wire.Conn) (more bool, err error) {
	s := wire.NewSubmitter(wire.Outlast(ctx), c, forwardWindow, f.record)
	s.SetHighWaterMark(f.highWater)
	more, err = f.sendAll(ctx, s)
	_, _, closed := s.Close()
	if err == nil {
		err = closed
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if back := append(f.refused, f.sent...); len(back) > 0 {
		f.todo = append(back, f.todo...)
	}
	f.refused, f.sent, f.bytes = nil, nil, 0
	return more, err
}

// sendAll sends until the spool is empty, enough is in flight or the target refuses.
func (f *forwarder) sendAll(ctx context.Context, s *wire.Submitter) (more bool, err error) {
	job := wire.Submission{Function: f.c.route.to.Queue, Background: true}
	for ctx.Err() == nil {
		if len(f.todo) == 0 {
			if err := f.fill(); err != nil || len(f.todo) == 0 {
				return false, err
			}
		}
		o := &f.todo[0]
		if !f.track(o) {
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

// priority returns the priority of a job, or normal if the target does not have it.
func (f *forwarder) priority(o *outgoing) wire.Priority {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noLowPriority && o.Priority == wire.PriorityLow {
		return wire.PriorityNormal
	}
	return o.Priority
}

// fill reads jobs from the spool.
func (f *forwarder) fill() error {
	records, err := f.c.queue.Next()
	if err != nil {
		if !f.readFailed {
			f.p.env.Warn("%s: spool: %v; retrying", f.c.route, err)
		}
		f.readFailed = true
		return nil
	}
	f.readFailed = false
	f.todo = make([]outgoing, len(records))
	for i := range records {
		f.todo[i].Record = records[i]
	}
	return nil
}

// track adds a job to those in flight, or returns false when it must not be sent now.
func (f *forwarder) track(o *outgoing) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refusal != nil || f.bytes > forwardBytes {
		return false
	}
	f.sent = append(f.sent, *o)
	f.bytes += int64(len(o.Data))
	return true
}

// record handles the answer to the oldest job in flight. It is called by a goroutine of the Submitter.
func (f *forwarder) record(r wire.SubmitResult) error {
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
		f.highWater = max(f.highWater, n)
	}
	f.c.accepted(len(o.Data), r.Merged)
	if len(o.Data) == 0 {
		f.c.countEmpty(f.p.env)
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
	f.refused = append(f.refused, o)
	f.refusal = err
	f.noLowPriority = f.noLowPriority || servers.IsUnknownPacket(err)
	f.c.refused.Add(1)
}

// takeRefusal returns why the target refused jobs in the last session, and logs when refusals begin and end.
func (f *forwarder) takeRefusal(ctx context.Context, c *wire.Conn) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refusal
	f.refusal = nil
	switch {
	case err != nil && !f.refusalLogged:
		f.refusalLogged = true
		why := servers.ExplainSubmission(ctx, c, err, wire.SubmitJobBG)
		f.p.env.Warn("%s: refused: %s; retrying", f.c.route, f.p.env.OneLine(why))
	case err == nil && f.refusalLogged && f.pending == 0:
		f.refusalLogged = false
		f.p.env.Info("%s: the target accepts jobs again", f.c.route)
	}
	return err
}
