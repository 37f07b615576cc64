package workerpool

import (
	"context"
	"errors"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/wire"
)

// connGroup is the connections that serve one queue of a server: at least one, and up to the number of parallel jobs
// while there is work. Where connections are scarce, several queues share one.
type connGroup struct {
	pool      *Pool
	server    string
	queues    []string
	permanent int // connections that stay open

	mu          sync.Mutex
	size        int                     // connections
	cancelConns context.CancelCauseFunc // ends the permanent connections that are open now
	pausedUntil map[string]time.Time    // by queue
}

const (
	// extraIdle is how long a connection beyond the permanent ones stays without a job.
	extraIdle = time.Minute
	// growDelay is how long the first job of a connection runs until its queue gets more connections. Those of other
	// queues may be about to need the room: connections that only wait for it make each short job cost more.
	growDelay = 10 * time.Millisecond
)

// PauseQueue is the error with which Pool.Do stops the serving of the job's queue for Wait.
type PauseQueue struct {
	Wait     time.Duration
	Answered bool // the job was answered; otherwise it goes back to the queue
}

func (*PauseQueue) Error() string { return "pause the queue" }

// Release is the error with which Pool.Do, which has not answered the job, gives it back to its queue: at once, or when After
// is over or the pool ends. Until then the server counts it as running. Other jobs do not wait for that, unless there may be
// no more connections.
type Release struct{ After time.Duration }

func (*Release) Error() string { return "release the job" }

// errQueuesChanged ends connections whose queues change; errReported ends one whose error the pool has recorded.
var (
	errQueuesChanged = errors.New("queues changed")
	errReported      = errors.New("reported")
)

// run serves the queues until ctx ends or a worker fails.
func (g *connGroup) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if again, err := g.serveDue(ctx); err != nil || !again {
			return err
		}
	}
	return nil
}

// serveDue serves the queues that are not paused, and reports whether it ended because these change.
func (g *connGroup) serveDue(ctx context.Context) (again bool, err error) {
	now := g.pool.Client.Now()
	queues, until := g.due(now)
	if len(queues) == 0 {
		return cmderr.Pause(ctx, until.Sub(now)), nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if !until.IsZero() {
		defer time.AfterFunc(until.Sub(now), func() { cancel(errQueuesChanged) }).Stop()
	}
	g.setCancel(cancel)
	errs := make([]error, g.permanent)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			if errs[i] = g.connect(ctx, queues, 0); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wg.Wait()
	return errors.Is(context.Cause(ctx), errQueuesChanged), errors.Join(errs...)
}

func (g *connGroup) setCancel(cancel context.CancelCauseFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cancelConns = cancel
}

// due returns the queues to serve now, and when the next pause ends; zero when there is none.
func (g *connGroup) due(now time.Time) (queues []string, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, q := range g.queues {
		at := g.pausedUntil[q]
		if !at.After(now) {
			queues = append(queues, q)
		} else if until.IsZero() || at.Before(until) {
			until = at
		}
	}
	return queues, until
}

// pause ends the connections to a queue; those of a shared one are made anew without it.
func (g *connGroup) pause(queue string, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pausedUntil == nil {
		g.pausedUntil = map[string]time.Time{}
	}
	g.pausedUntil[queue] = g.pool.Client.Now().Add(wait)
	g.cancelConns(errQueuesChanged)
}

// connect keeps one connection working. See serve.
func (g *connGroup) connect(ctx context.Context, queues []string, idle time.Duration) error {
	return g.pool.Supervisor.Run(ctx, g.server, func(ctx context.Context, c *wire.Conn) error { return g.serve(ctx, c, queues, idle) })
}

// serve works on one connection until that has had no job for the time idle; 0: without end. With a time limit of the
// server a connection is good for one job: see wire.Work.Timeout.
func (g *connGroup) serve(ctx context.Context, c *wire.Conn, queues []string, idle time.Duration) error {
	p := g.pool
	if err := p.Limits.checkSharing(ctx, c, queues); err != nil {
		return err
	}
	if p.Prepare != nil {
		if err := p.Prepare(ctx, c); err != nil {
			return err
		}
	}
	jobs := 0
	w := &wire.Work{
		Function: queues[0], ClientID: p.Client.ID, Limiter: p.Limiter, Timeout: p.Timeout, IdleTimeout: idle,
		Do: func(j *wire.ActiveJob) error {
			jobs++
			return g.doJob(ctx, j, jobs == 1)
		},
		Gone: func(handle string) {
			p.Client.Log.Warn("job %s on %s: no longer known to the server when it finished: server restarted or job timed out", handle, c.Server())
		},
	}
	if p.Timeout > 0 {
		w.Jobs = 1
	}
	err := c.WorkShared(ctx, w, queues[1:])
	var release *Release
	switch {
	case p.Limiter.Done():
		p.cancel(errCountReached)
		return nil
	case errors.Is(err, errReported):
		return nil
	case errors.As(err, &release):
		return g.release(ctx, c.Server(), release.After)
	case err == nil && ctx.Err() == nil && p.Timeout > 0 && jobs > 0:
		return connect.ErrReconnect
	}
	return err
}

// release gives the job of a connection back to the server after a while. The connection is closed for that, and replaced.
func (g *connGroup) release(ctx context.Context, server string, after time.Duration) error {
	limits := g.pool.Limits
	switch {
	case after <= 0:
		return connect.ErrReconnect
	case limits.acquire(server):
		return &connect.KeepOpenError{For: after, Closed: func() { limits.release(server) }}
	}
	cmderr.Pause(ctx, after)
	return connect.ErrReconnect
}

// doJob does a job; first reports whether it is the first of its connection.
func (g *connGroup) doJob(ctx context.Context, j *wire.ActiveJob, first bool) error {
	p := g.pool
	p.running.Add(1)
	defer p.running.Add(-1)
	if ctx.Err() != nil { // it came as we were stopped
		p.reportRunning(ctx)
	}
	if first {
		defer g.growLater(ctx)()
	} else {
		g.grow(ctx)
	}
	// The signal that stops us does not stop the command: the job is finished.
	digest := p.answered.Check(p.Client.Log, j)
	err := p.Do(wire.Outlast(ctx), j)
	if err == nil {
		p.answered.Add(j.Server, digest)
	}
	var paused *PauseQueue
	var release *Release
	switch {
	case errors.Is(err, cmderr.ErrAborted):
		p.fail(cmderr.Errorf("job %s of %s on %s: %w: requeued", j.Handle, j.Function, j.Server, cmderr.ErrAborted))
		return errReported
	case errors.As(err, &release):
		return err
	case errors.As(err, &paused):
		g.pause(string(j.Function), paused.Wait)
		if paused.Answered {
			return nil
		}
		return errReported
	case err != nil && !connect.IsOutage(err):
		p.fail(err) // here: once queues change, the cause of a connection's end is no longer read
		return errReported
	}
	return err
}

// growLater is grow after growDelay, unless stop is called before.
func (g *connGroup) growLater(ctx context.Context) (stop func()) {
	grown := make(chan struct{})
	timer := time.AfterFunc(growDelay, func() {
		defer close(grown)
		g.grow(ctx)
	})
	return func() {
		if !timer.Stop() {
			<-grown
		}
	}
}

// grow doubles the connections, up to what Limits and Limiter allow: where there was one job, more may wait.
func (g *connGroup) grow(ctx context.Context) {
	p := g.pool
	if len(g.queues) > 1 || p.Limiter.Full() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for range min(g.size, p.Limits.Parallel-g.size) {
		if !p.Limits.acquire(g.server) {
			return
		}
		g.size++
		p.start(func() error {
			defer g.shrink()
			return g.connect(ctx, g.queues, extraIdle)
		})
	}
}

func (g *connGroup) shrink() {
	g.pool.Limits.release(g.server)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.size--
}
