// Package workerpool serves queues with many connections.
package workerpool

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/wire"
)

// pool is the connections that serve one queue of a server: its part of as many as jobs may run at a time, at least one,
// and all of those while there is work. Where connections are scarce, several queues share one.
type pool struct {
	*Crew
	server string
	queues []string

	always int // connections that stay open
	mu     sync.Mutex
	size   int                     // connections
	stop   context.CancelCauseFunc // ends the connections that are open now
	left   map[string]time.Time    // queues that are not served before a time
}

// spareIdle is how long a connection beyond the first of a pool stays without a job.
const spareIdle = time.Minute

// LeaveQueue is an error of crew.do: its queue is not to be served for some time.
type LeaveQueue struct {
	Wait     time.Duration
	Answered bool // the job; else it goes back to the queue
}

func (l *LeaveQueue) Error() string { return "leave the queue" }

// errOtherQueues ends connections whose queues change; errRecorded ends one whose error the crew knows.
var (
	errOtherQueues = errors.New("other queues")
	errRecorded    = errors.New("recorded")
)

// run serves the queues until ctx ends or a worker fails.
func (p *pool) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if again, err := p.runOnce(ctx); err != nil || !again {
			return err
		}
	}
	return nil
}

// runOnce serves the queues that are not left now, and reports whether others are to be served.
func (p *pool) runOnce(ctx context.Context) (again bool, err error) {
	queues, until := p.due(p.Client.Now())
	if len(queues) == 0 {
		return cmderr.Pause(ctx, until.Sub(p.Client.Now())), nil
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if !until.IsZero() {
		defer time.AfterFunc(until.Sub(p.Client.Now()), func() { stop(errOtherQueues) }).Stop()
	}
	p.setStop(stop)
	errs := make([]error, p.always)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = p.S.Run(ctx, p.server, func(ctx context.Context, c *wire.Conn) error { return p.serve(ctx, c, queues, 0) })
			if errs[i] != nil {
				stop(errs[i])
			}
		})
	}
	wg.Wait()
	return errors.Is(context.Cause(ctx), errOtherQueues), errors.Join(errs...)
}

func (p *pool) setStop(stop context.CancelCauseFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop = stop
}

// due returns the queues to serve now, and when the next one is to be added; zero when all are there.
func (p *pool) due(now time.Time) (queues []string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.queues {
		at := p.left[q]
		if !at.After(now) {
			queues = append(queues, q)
		} else if until.IsZero() || at.Before(until) {
			until = at
		}
	}
	return queues, until
}

// leave ends the connections to a queue; those of a shared one are made anew without it.
func (p *pool) leave(queue string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == nil {
		p.left = map[string]time.Time{}
	}
	p.left[queue] = p.Client.Now().Add(wait)
	p.stop(errOtherQueues)
}

// serve works on one connection, until it was idle for so long; 0: without end. With a time limit of the server's a
// connection is good for one job: see wire.Work.Timeout.
func (p *pool) serve(ctx context.Context, c *wire.Conn, queues []string, idle time.Duration) error {
	if err := p.Limits.allow(ctx, c, queues); err != nil {
		return err
	}
	if p.Prepare != nil {
		if err := p.Prepare(ctx, c); err != nil {
			return err
		}
	}
	did := false
	w := &wire.Work{
		Function: queues[0], ClientID: p.Client.ID, Limiter: p.Slots, Timeout: p.Timeout, IdleTimeout: idle,
		Do: func(j *wire.ActiveJob) error {
			again := did
			did = true
			return p.doJob(ctx, j, again)
		},
		Gone: func(handle string) {
			p.Client.Log.Warn("job %s on %s: no longer known to the server when it finished: server restarted or job timed out", handle, c.Server())
		},
	}
	if p.Timeout > 0 {
		w.Jobs = 1
	}
	err := c.WorkShared(ctx, w, queues[1:])
	switch {
	case p.Slots.Done():
		p.cancel(errEnough)
		return nil
	case errors.Is(err, errRecorded):
		return nil
	case err == nil && ctx.Err() == nil && w.Jobs > 0 && did:
		return connect.ErrNextConnection
	}
	return err
}

// doJob does a job; again says that its connection has done one before.
func (p *pool) doJob(ctx context.Context, j *wire.ActiveJob, again bool) error {
	p.busy.Add(1)
	defer p.busy.Add(-1)
	if ctx.Err() != nil { // it came as we were stopped
		p.tellBusy()
	}
	if again {
		p.grow(ctx)
	} else {
		defer p.growLater(ctx)()
	}
	queue := string(j.Function)
	// The command is not stopped by the signal that stops us: the job in hand is finished.
	err := p.Do(context.WithoutCancel(ctx), j)
	var away *LeaveQueue
	if errors.As(err, &away) {
		p.leave(queue, away.Wait)
		if away.Answered {
			return nil
		}
		return errRecorded
	}
	if err != nil && !connect.IsOutage(err) {
		p.fail(err) // here: once other queues are to be served, nobody asks why a connection ended
		return errRecorded
	}
	return err
}

// growAfter is how long the first job of a connection runs until its queue gets more connections. Those of other queues
// may be on their way, and need the room: connections that only wait in turn for it make each short job cost more.
const growAfter = 10 * time.Millisecond

// growLater is grow after growAfter, unless stop is called before.
func (p *pool) growLater(ctx context.Context) (stop func()) {
	grown := make(chan struct{})
	timer := time.AfterFunc(growAfter, func() {
		defer close(grown)
		p.grow(ctx)
	})
	return func() {
		if !timer.Stop() {
			<-grown
		}
	}
}

// grow doubles the connections when there is a job, for more may wait, and room to do them.
func (p *pool) grow(ctx context.Context) {
	if len(p.queues) > 1 || p.Slots.Full() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for range min(p.size, p.Limits.Parallel-p.size) {
		if !p.Limits.acquire(p.server) {
			return
		}
		p.size++
		p.start(func() error {
			defer p.shrink()
			return p.S.Run(ctx, p.server, func(ctx context.Context, c *wire.Conn) error {
				return p.serve(ctx, c, slices.Clone(p.queues), spareIdle)
			})
		})
	}
}

func (p *pool) shrink() {
	p.Limits.release(p.server)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size--
}
