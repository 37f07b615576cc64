package probe

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// MaxParallel bounds the workers of a server that are queried at a time, each on a connection of its own.
const MaxParallel = 32

// StatusReply is the outcome of a status request: the status, or why there is none, and how long it took.
type StatusReply struct {
	Status   modgearman.Status
	Err      error
	Duration time.Duration
}

// Parallel calls f for 0 to n-1, at most limit at a time, and returns when all have ended.
func Parallel(n, limit int, f func(i int)) {
	var g errgroup.Group
	g.SetLimit(limit)
	for i := range n {
		g.Go(func() error { f(i); return nil })
	}
	g.Wait()
}

// QueryStatus requests the status of whoever serves a status queue, on a connection of its own, and waits up to wait for
// the reply. It takes at most MaxTime(wait).
func QueryStatus(ctx context.Context, now func() time.Time, d *wire.Dialer, server, queue string, wait time.Duration) StatusReply {
	ctx, cancel := context.WithTimeoutCause(ctx, MaxTime(wait), cmderr.Errorf("ask %s: %w", server, wire.ErrSilent))
	defer cancel()
	begun := now()
	s, err := wire.WithConn(ctx, d, server, func(ctx context.Context, c *wire.Conn) (modgearman.Status, error) {
		return requestStatus(ctx, d, c, queue)
	})
	return StatusReply{s, err, now().Sub(begun)}
}

// MaxTime is the longest time of a QueryStatus that waits up to wait: it includes cancelling the job.
func MaxTime(wait time.Duration) time.Duration { return wait + min(CancelTime, wait/3) }

// NoWorker reports whether no worker serves the queue.
func (a *StatusReply) NoWorker() bool {
	var none *NoWorkerError
	return errors.As(a.Err, &none)
}

// NoStatus reports whether the request was sent and brought no status (none), and whether nothing came at all (silent).
func (a *StatusReply) NoStatus() (none, silent bool) {
	var e *NoReplyError
	none = errors.As(a.Err, &e)
	return none, none && strings.HasPrefix(e.Reason, "no answer")
}

// NotSent reports whether the request could not be sent, for another reason than a missing worker.
func (a *StatusReply) NotSent() bool {
	none, _ := a.NoStatus()
	return a.Err != nil && !none && !a.NoWorker()
}
