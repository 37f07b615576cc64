package work

import (
	"context"
	"errors"
	"sync"

	"gearctl/commands/internal/connect"
	"gearctl/wire"
)

// quota is the number of jobs left to process, shared by all queues and servers.
type quota struct {
	mu    sync.Mutex
	left  int64
	parts int64 // number of queues that share it
}

// take reserves jobs for a queue and returns how many; 0: none are left.
func (q *quota) take() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(q.left, max(1, q.left/q.parts))
	q.left -= n
	return n
}

// release returns reserved jobs that a queue did not use.
func (q *quota) release(n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left += n
}

// takeCount takes --count jobs across all queues and servers: first the waiting ones with many grabs in flight,
// then new ones one at a time.
func (p *jobPrinter) takeCount(ctx context.Context, servers []string) error {
	q := &quota{left: p.o.count, parts: int64(len(servers) * len(p.o.queues))}
	if err := p.takeWaiting(ctx, servers, q); err != nil || q.left == 0 {
		return err
	}
	return p.oneByOne(ctx, servers, q.left)
}

// takeWaiting takes waiting jobs until none are left or the quota is used up. Unreachable servers are skipped.
func (p *jobPrinter) takeWaiting(ctx context.Context, servers []string, q *quota) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, server := range servers {
		for _, queue := range p.o.queues {
			wg.Go(func() {
				_, err := wire.WithConn(ctx, p.s.Dialer, server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
					return struct{}{}, p.takeQuota(ctx, c, queue, q)
				})
				if err != nil && !connect.IsOutage(err) {
					cancel(err)
				}
			})
		}
	}
	wg.Wait()
	return context.Cause(ctx)
}

// takeQuota takes jobs of a queue until it is empty or the quota is used up.
func (p *jobPrinter) takeQuota(ctx context.Context, c *wire.Conn, queue string, q *quota) error {
	for {
		n := q.take()
		if n == 0 {
			return nil
		}
		t := p.newTake(c.Server(), queue)
		t.Max = n
		taken, err := c.Take(ctx, t)
		q.release(n - maybeRemoved(taken))
		if err != nil || taken.Jobs < n {
			return err
		}
	}
}

// oneByOne takes one job at a time until count are done; 0: no limit. Several queues can share a connection.
func (p *jobPrinter) oneByOne(ctx context.Context, servers []string, count int64) error {
	pool := p.o.newPool(p.env, p.s)
	pool.Limiter = wire.NewLimiter(1, count)
	pool.Do = func(_ context.Context, j *wire.ActiveJob) error {
		if err := errors.Join(p.print(j.Server, j.Job), p.flush()); err != nil {
			return err
		}
		return j.Complete(nil)
	}
	return pool.Run(ctx, servers)
}
