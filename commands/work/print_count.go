package work

import (
	"context"
	"errors"
	"sync"

	"gearctl/commands/internal/connect"
	"gearctl/wire"
)

// quota is how many jobs are still to be done, of all queues and servers together.
type quota struct {
	mu    sync.Mutex
	left  int64
	parts int64 // queues that share it
}

// take returns how many jobs a queue may do now, 0 when none are left.
func (q *quota) take() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(q.left, max(1, q.left/q.parts))
	q.left -= n
	return n
}

// giveBack returns what a queue did not need.
func (q *quota) giveBack(n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left += n
}

// exactly gives as many jobs as were asked for, of all queues and servers together: first those that wait, with many grabs
// in flight, then one after the other those that come.
func (p *jobPrinter) exactly(ctx context.Context, servers []string) error {
	q := &quota{left: p.o.count, parts: int64(len(servers) * len(p.o.queues))}
	if err := p.takeWaiting(ctx, servers, q); err != nil || q.left == 0 {
		return err
	}
	return p.oneByOne(ctx, servers, q.left)
}

// takeWaiting takes jobs that wait until the quota is used up. A server that is away is left out.
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

// takeQuota takes jobs of a queue until that is empty or the quota used up.
func (p *jobPrinter) takeQuota(ctx context.Context, c *wire.Conn, queue string, q *quota) error {
	for {
		n := q.take()
		if n == 0 {
			return nil
		}
		t := p.takeOf(c.Server(), queue)
		t.Max = n
		taken, err := c.Take(ctx, t)
		q.giveBack(n - taken.Acknowledged)
		if err != nil || taken.Jobs < n {
			return err
		}
	}
}

// oneByOne asks for one job after the other, until so many are done; 0: any number. Several queues can share a connection.
func (p *jobPrinter) oneByOne(ctx context.Context, servers []string, count int64) error {
	k := p.o.crew(p.env, p.s)
	k.Limiter = wire.NewLimiter(1, count)
	k.Do = func(_ context.Context, j *wire.ActiveJob) error {
		if err := errors.Join(p.print(j.Server, j.Job), p.flush()); err != nil {
			return err
		}
		return j.Complete(nil)
	}
	return k.Run(ctx, servers)
}
