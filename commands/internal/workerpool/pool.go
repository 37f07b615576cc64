package workerpool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/connect"
	"gearctl/output"
	"gearctl/wire"
)

// Pool is the workers of a command: a pool of connections for each queue of each server.
type Pool struct {
	Client     *connect.Client
	Queues     []string // perQueue once
	Supervisor *connect.Supervisor
	Limiter    *wire.Limiter
	Limits     *ConnLimits
	Prepare    func(context.Context, *wire.Conn) error // before a connection takes jobs; nil: nothing to do
	Timeout    time.Duration                           // the server's limit for a job; 0: none
	running    atomic.Int64                            // jobs in hand
	Do         func(context.Context, *wire.ActiveJob) error

	cancel context.CancelCauseFunc // stops all workers
	wg     sync.WaitGroup
	mu     sync.Mutex
	errs   []error
}

// errCountReached ends workers that sleep when the last job has been done.
var errCountReached = errors.New("--count jobs done")

// Run works until ctx ends, as many jobs are done as the slots allow, or a worker fails.
func (k *Pool) Run(ctx context.Context, servers []string) error {
	wctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, k.reportRunning)()
	k.cancel = cancel
	for _, server := range servers {
		for _, queues := range k.Limits.distribute(k.Queues) {
			always := k.Limits.perQueue()
			p := &connGroup{Pool: k, server: server, queues: queues, permanent: always, size: always}
			k.start(func() error { return p.run(wctx) })
		}
	}
	k.wg.Wait()
	if len(k.errs) == 0 && k.Limiter.Limited() && !k.Limiter.Done() {
		return context.Cause(ctx)
	}
	return errors.Join(k.errs...)
}

// start runs a worker beside the others; its failure stops all.
func (k *Pool) start(run func() error) {
	k.wg.Go(func() {
		if err := run(); err != nil {
			k.fail(err)
		}
	})
}

// fail records an error and stops all workers.
func (k *Pool) fail(err error) {
	k.mu.Lock()
	k.errs = append(k.errs, err)
	k.mu.Unlock()
	k.cancel(err)
}

// reportRunning says why work that is stopped has not ended yet.
func (k *Pool) reportRunning() {
	if n := k.running.Load(); n > 0 {
		k.Client.Log.Info("finishing %s; ctrl-C again requeues running jobs", output.Plural(n, "job", "jobs"))
	}
}
