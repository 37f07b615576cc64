package proxy

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servers"
	"gearctl/wire/modgearman"
	"gearctl/wire/spool"
)

// routeStats is a route that runs, its queue in the spool, and its counts.
type routeStats struct {
	*routeCounts
	route        *route
	queue        *spool.Queue
	toldRejected atomic.Bool
}

// routeCounts counts what happened since the start on the routes from one queue, of which a reload can replace one by another.
type routeCounts struct {
	from      servers.Endpoint
	jobs      atomic.Int64 // accepted by the target, or done by it
	bytesIn   atomic.Int64
	bytesOut  atomic.Int64
	coalesced atomic.Int64 // of jobs
	rejected  atomic.Int64
	refused   atomic.Int64 // by the target, once for each attempt
	again     atomic.Int64 // assigned by the source although they were stored
	empty     atomic.Int64 // background jobs without data that the target accepted
	damaged   atomic.Int64 // lines of queues that are closed
}

// openRoutes are the routes that run, and the counts of all that ran. It is safe for concurrent use.
type openRoutes struct {
	mu     sync.Mutex
	routes []*routeStats
	all    []*routeCounts
}

// begin adds a route.
func (o *openRoutes) begin(r *route, q *spool.Queue) *routeStats {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.all, func(c *routeCounts) bool { return c.from == r.from })
	if i < 0 {
		i = len(o.all)
		o.all = append(o.all, &routeCounts{from: r.from})
	}
	c := &routeStats{routeCounts: o.all[i], route: r, queue: q}
	o.routes = append(o.routes, c)
	return c
}

// end removes a route and closes its queue.
func (o *openRoutes) end(c *routeStats) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.routes = slices.DeleteFunc(o.routes, func(r *routeStats) bool { return r == c })
	err := c.queue.Close()
	c.damaged.Add(c.queue.Damaged())
	return err
}

func (o *openRoutes) list() []*routeStats {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.routes)
}

func (o *openRoutes) counts() []*routeCounts {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.all)
}

func (c *routeStats) accepted(size int, merged bool) {
	c.jobs.Add(1)
	c.bytesOut.Add(int64(size))
	if merged {
		c.coalesced.Add(1)
	}
}

// countEmpty counts a background job without data, and warns of the first.
func (c *routeStats) countEmpty(env *cli.Env) {
	if c.empty.Add(1) == 1 {
		env.Info("%s: a job has no data: %s; later ones are only counted", c.route, servers.EmptyJobsRisk)
	}
}

// reject counts a job that cannot be forwarded, and warns of the first.
func (c *routeStats) reject(env *cli.Env, handle string, why error) {
	var undecoded *modgearman.DecodeError
	if errors.As(why, &undecoded) {
		why = errors.New(undecoded.Detail)
	}
	c.rejected.Add(1)
	if c.toldRejected.Swap(true) {
		env.Verbose("%s: job %s rejected: %v", c.route, handle, why)
		return
	}
	env.Warn("%s: job %s rejected: %v: it is in %s; later ones are only counted", c.route, handle, why, c.queue.RejectedPath())
}
