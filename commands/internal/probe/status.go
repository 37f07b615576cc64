package probe

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

func SweepCancelled(ctx context.Context, c *wire.Conn, queue string) (live bool, err error) {
	totals, err := c.JobTotals(ctx)
	if err != nil {
		return false, servers.ExplainUnsupported(ctx, c, err, "show jobs", "1.1.6")
	}
	if err := c.CheckRelease(ctx, int(totals.MaxRetries)+servers.ExtraReleases); err != nil {
		return false, cmderr.Errorf("sweep queue %s on %s: %w", queue, c.Server(), err)
	}
	return c.Sweep(ctx, queue)
}

// MaxParallel is how many workers of a server are asked at the same time, each on a connection of its own.
const MaxParallel = 32

// StatusReply is what came of asking a status queue.
type StatusReply struct {
	Status   modgearman.Status
	Err      error
	Duration time.Duration
}

// Parallel calls f for 0 to n-1, at most limit of them at the same time, and returns when all have ended.
func Parallel(n, limit int, f func(i int)) {
	slots := make(chan struct{}, limit)
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	wg.Wait()
}

// QueryStatus asks who serves a status queue of a server for its state, on a connection of its own. An answer is
// waited for that long.
func QueryStatus(ctx context.Context, now func() time.Time, d *wire.Dialer, server, queue string, wait time.Duration) StatusReply {
	ctx, cancel := context.WithTimeoutCause(ctx, MaxTime(wait), cmderr.Errorf("ask %s: %w", server, wire.ErrSilent))
	defer cancel()
	begun := now()
	s, err := wire.WithConn(ctx, d, server, func(ctx context.Context, c *wire.Conn) (modgearman.Status, error) {
		return requestStatus(ctx, d, c, queue)
	})
	return StatusReply{s, err, now().Sub(begun)}
}

// MaxTime is how long asking takes at most when a worker has wait to answer: then the job is taken back.
func MaxTime(wait time.Duration) time.Duration { return wait + min(CancelTime, wait/3) }

// NoWorker reports whether nobody was there to ask.
func (a *StatusReply) NoWorker() bool {
	var none *NoWorkerError
	return errors.As(a.Err, &none)
}

// NoStatus reports whether somebody was asked and told no state, and whether nothing at all came.
func (a *StatusReply) NoStatus() (none, silent bool) {
	var e *NoReplyError
	none = errors.As(a.Err, &e)
	return none, none && strings.HasPrefix(e.Reason, "no answer")
}

// NotSent reports whether it did not come to asking.
func (a *StatusReply) NotSent() bool {
	none, _ := a.NoStatus()
	return a.Err != nil && !none && !a.NoWorker()
}
