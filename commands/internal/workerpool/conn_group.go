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

// connGroup is the connections that serve one queue of a server: its part of as many as jobs may run at a time, at least one,
// and all of those while there is work. Where connections are scarce, several queues share one.
type connGroup struct {
	*Pool
	server string
	queues []string

	permanent   int // connections that stay open
	mu          sync.Mutex
	size        int                     // connections
	cancelConns context.CancelCauseFunc // ends the connections that are open now
	pausedUntil map[string]time.Time    // queues that are not served before a time
}

// extraIdle is how long a connection beyond the first of a pool stays without a job.
const extraIdle = time.Minute

// PauseQueue is an error of crew.do: its queue is not to be served for some time.
type PauseQueue struct {
	Wait     time.Duration
	Answered bool // the job; else it goes back to the queue
}

func (l *PauseQueue) Error() string { return "leave the queue" }

// errQueuesChanged ends connections whose queues change; errReported ends one whose error the crew knows.
var (
	errQueuesChanged = errors.New("other queues")
	errReported      = errors.New("recorded")
)

// run serves the queues until ctx ends or a worker fails.
func (p *connGroup) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if again, err := p.serveDue(ctx); err != nil || !again {
			return err
		}
	}
	return nil
}

// serveDue serves the queues that are not left now, and reports whether others are to be served.
func (p *connGroup) serveDue(ctx context.Context) (again bool, err error) {
	queues, until := p.due(p.Client.Now())
	if len(queues) == 0 {
		return cmderr.Pause(ctx, until.Sub(p.Client.Now())), nil
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if !until.IsZero() {
		defer time.AfterFunc(until.Sub(p.Client.Now()), func() { stop(errQueuesChanged) }).Stop()
	}
	p.setCancel(stop)
	errs := make([]error, p.permanent)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = p.Supervisor.Run(ctx, p.server, func(ctx context.Context, c *wire.Conn) error { return p.serve(ctx, c, queues, 0) })
			if errs[i] != nil {
				stop(errs[i])
			}
		})
	}
	wg.Wait()
	return errors.Is(context.Cause(ctx), errQueuesChanged), errors.Join(errs...)
}

func (p *connGroup) setCancel(stop context.CancelCauseFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cancelConns = stop
}

// due returns the queues to serve now, and when the next one is to be added; zero when all are there.
func (p *connGroup) due(now time.Time) (queues []string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.queues {
		at := p.pausedUntil[q]
		if !at.After(now) {
			queues = append(queues, q)
		} else if until.IsZero() || at.Before(until) {
			until = at
		}
	}
	return queues, until
}

// pauseQueue ends the connections to a queue; those of a shared one are made anew without it.
func (p *connGroup) pauseQueue(queue string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pausedUntil == nil {
		p.pausedUntil = map[string]time.Time{}
	}
	p.pausedUntil[queue] = p.Client.Now().Add(wait)
	p.cancelConns(errQueuesChanged)
}

// serve works on one connection, until it was idle for so long; 0: without end. With a time limit of the server's a
// connection is good for one job: see wire.Work.Timeout.
func (p *connGroup) serve(ctx context.Context, c *wire.Conn, queues []string, idle time.Duration) error {
	if err := p.Limits.checkSharing(ctx, c, queues); err != nil {
		return err
	}
	if p.Prepare != nil {
		if err := p.Prepare(ctx, c); err != nil {
			return err
		}
	}
	did := false
	w := &wire.Work{
		Function: queues[0], ClientID: p.Client.ID, Limiter: p.Limiter, Timeout: p.Timeout, IdleTimeout: idle,
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
	case p.Limiter.Done():
		p.cancel(errCountReached)
		return nil
	case errors.Is(err, errReported):
		return nil
	case err == nil && ctx.Err() == nil && w.Jobs > 0 && did:
		return connect.ErrReconnect
	}
	return err
}

// doJob does a job; again says that its connection has done one before.
func (p *connGroup) doJob(ctx context.Context, j *wire.ActiveJob, again bool) error {
	p.running.Add(1)
	defer p.running.Add(-1)
	if ctx.Err() != nil { // it came as we were stopped
		p.reportRunning()
	}
	if again {
		p.grow(ctx)
	} else {
		defer p.growLater(ctx)()
	}
	queue := string(j.Function)
	// The command is not stopped by the signal that stops us: the job in hand is finished.
	err := p.Do(context.WithoutCancel(ctx), j)
	var away *PauseQueue
	if errors.As(err, &away) {
		p.pauseQueue(queue, away.Wait)
		if away.Answered {
			return nil
		}
		return errReported
	}
	if err != nil && !connect.IsOutage(err) {
		p.fail(err) // here: once other queues are to be served, nobody asks why a connection ended
		return errReported
	}
	return err
}

// growDelay is how long the first job of a connection runs until its queue gets more connections. Those of other queues
// may be on their way, and need the room: connections that only wait in turn for it make each short job cost more.
const growDelay = 10 * time.Millisecond

// growLater is grow after growDelay, unless stop is called before.
func (p *connGroup) growLater(ctx context.Context) (stop func()) {
	grown := make(chan struct{})
	timer := time.AfterFunc(growDelay, func() {
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
func (p *connGroup) grow(ctx context.Context) {
	if len(p.queues) > 1 || p.Limiter.Full() {
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
			return p.Supervisor.Run(ctx, p.server, func(ctx context.Context, c *wire.Conn) error {
				return p.serve(ctx, c, slices.Clone(p.queues), extraIdle)
			})
		})
	}
}

func (p *connGroup) shrink() {
	p.Limits.release(p.server)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size--
}
