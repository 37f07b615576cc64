// Package workerpool serves the queues of several servers with as many connections as the jobs need and a limit allows.
// It is given what does a job, a Limiter of jobs and a limit of connections, and serves until its context ends, the
// Limiter is used up or a worker fails. It never drops a job: what was not answered goes back to its queue.
package workerpool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire"
)

// Pool is the workers of a command. All exported fields but Prepare and Timeout must be set before Run.
type Pool struct {
	Client     *connect.Client
	Queues     []string // each once
	Supervisor *connect.Supervisor
	Limiter    *wire.Limiter // of jobs at a time and in all
	Limits     *ConnLimits
	Prepare    func(context.Context, *wire.Conn) error // before a connection takes jobs; nil: nothing to do
	Timeout    time.Duration                           // the server's limit for a job; 0: none
	// Do does a job and answers it, with a context that outlives that of Run. A *PauseQueue is about its queue, a *Release
	// about the job; any other error that is not the connection's ends the pool, and the job goes back to its queue.
	Do func(context.Context, *wire.ActiveJob) error

	answered jobs.Answered

	running atomic.Int64            // jobs
	cancel  context.CancelCauseFunc // stops all workers
	wg      sync.WaitGroup
	mu      sync.Mutex
	errs    []error
}

// errCountReached ends workers that sleep when the last job has been done.
var errCountReached = errors.New("--count jobs done")

// ErrReplaced is the cause with which the context of Run ends where another pool goes on with the same Limiter: jobs in progress
// are finished quietly.
var ErrReplaced = errors.New("replaced by another pool")

// Run works until ctx ends, as many jobs are done as the Limiter allows, or a worker fails. Jobs in progress are finished.
// It returns the cause of ctx's end only when that came before the jobs that the Limiter counts were done.
func (p *Pool) Run(ctx context.Context, servers []string) error {
	wctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { p.reportRunning(ctx) })()
	p.cancel = cancel
	for _, server := range servers {
		for _, queues := range p.Limits.distribute(p.Queues) {
			n := p.Limits.perQueue()
			g := &connGroup{pool: p, server: server, queues: queues, permanent: n, size: n}
			p.start(func() error { return g.run(wctx) })
		}
	}
	p.wg.Wait()
	if len(p.errs) == 0 && !isReplaced(ctx) && p.Limiter.Limited() && !p.Limiter.Done() {
		return context.Cause(ctx)
	}
	return errors.Join(p.errs...)
}

// start runs a worker in a goroutine; its failure stops all.
func (p *Pool) start(run func() error) {
	p.wg.Go(func() {
		if err := run(); err != nil {
			p.fail(err)
		}
	})
}

// fail records an error and stops all workers.
func (p *Pool) fail(err error) {
	p.mu.Lock()
	p.errs = append(p.errs, err)
	p.mu.Unlock()
	p.cancel(err)
}

// reportRunning explains why a pool that is stopped has not ended yet.
func (p *Pool) reportRunning(ctx context.Context) {
	if n := p.running.Load(); n > 0 && !isReplaced(ctx) {
		p.Client.Log.Info("finishing %s; ctrl-C again requeues running jobs", output.Plural(n, "job", "jobs"))
	}
}

func isReplaced(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrReplaced) }
