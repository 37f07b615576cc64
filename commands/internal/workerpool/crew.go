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

// Crew is the workers of a command: a pool of connections for each queue of each server.
type Crew struct {
	Client  *connect.Client
	Queues  []string // each once
	S       *connect.Supervisor
	Slots   *wire.Limiter
	Limits  *ConnLimits
	Prepare func(context.Context, *wire.Conn) error // before a connection takes jobs; nil: nothing to do
	Timeout time.Duration                           // the server's limit for a job; 0: none
	busy    atomic.Int64                            // jobs in hand
	Do      func(context.Context, *wire.ActiveJob) error

	cancel  context.CancelCauseFunc // stops all workers
	workers sync.WaitGroup
	mu      sync.Mutex
	errs    []error
}

// errEnough ends workers that sleep when the last job has been done.
var errEnough = errors.New("--count jobs done")

// Work works until ctx ends, as many jobs are done as the slots allow, or a worker fails.
func (k *Crew) Work(ctx context.Context, servers []string) error {
	wctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, k.tellBusy)()
	k.cancel = cancel
	for _, server := range servers {
		for _, queues := range k.Limits.share(k.Queues) {
			always := k.Limits.each()
			p := &pool{Crew: k, server: server, queues: queues, always: always, size: always}
			k.start(func() error { return p.run(wctx) })
		}
	}
	k.workers.Wait()
	if len(k.errs) == 0 && k.Slots.Limited() && !k.Slots.Done() {
		return context.Cause(ctx)
	}
	return errors.Join(k.errs...)
}

// start runs a worker beside the others; its failure stops all.
func (k *Crew) start(run func() error) {
	k.workers.Go(func() {
		if err := run(); err != nil {
			k.fail(err)
		}
	})
}

// fail records an error and stops all workers.
func (k *Crew) fail(err error) {
	k.mu.Lock()
	k.errs = append(k.errs, err)
	k.mu.Unlock()
	k.cancel(err)
}

// tellBusy says why work that is stopped has not ended yet.
func (k *Crew) tellBusy() {
	if n := k.busy.Load(); n > 0 {
		k.Client.Log.Info("finishing %s; ctrl-C again requeues running jobs", output.Plural(n, "job", "jobs"))
	}
}
