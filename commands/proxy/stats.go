package proxy

import (
	"errors"
	"sync/atomic"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servers"
	"gearctl/wire/modgearman"
	"gearctl/wire/spool"
)

// routeStats counts what happened on a route since the start.
type routeStats struct {
	route *route
	queue *spool.Queue

	jobs      atomic.Int64 // accepted by the target, or done by it
	bytesIn   atomic.Int64
	bytesOut  atomic.Int64
	coalesced atomic.Int64 // of jobs
	rejected  atomic.Int64
	refused   atomic.Int64 // by the target, once for each attempt
	again     atomic.Int64 // assigned by the source although they were stored
	empty     atomic.Int64 // background jobs without data that the target accepted
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
	if c.rejected.Add(1) > 1 {
		env.Verbose("%s: job %s rejected: %v", c.route, handle, why)
		return
	}
	env.Warn("%s: job %s rejected: %v: it is in %s; later ones are only counted", c.route, handle, why, c.queue.RejectedPath())
}
