package health

import (
	"context"
	"math"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// notePhantoms suggests queue gc if the jobs waiting without a worker may be cancelled or abandoned ones, which the server
// counts until a worker comes. It queries nothing if no queue is like that, and waits at most a tenth of the time.
func (v *inspection) notePhantoms(ctx context.Context, c *wire.Conn, s *serverResult, list []wire.FunctionStatus) {
	phantoms := func(ignored int64) (names []string) {
		for i := range s.queues {
			if q := &s.queues[i]; servers.MayBePhantom(q.FunctionStatus, ignored) {
				names = append(names, q.Function)
			}
		}
		return names
	}
	names, kind := phantoms(math.MaxInt64), "jobs waiting without a worker may be cancelled or abandoned"
	if len(names) == 0 {
		return
	}
	if servers.TotalJobs(list) <= servers.MaxListedJobs {
		ctx, cancel := context.WithTimeout(ctx, v.o.total/10)
		defer cancel()
		t, err := c.JobTotals(ctx)
		if names = phantoms(t.Ignored); err != nil || len(names) == 0 {
			return
		}
		if kind += " (the server reports " + output.Count(t.Ignored) + ")"; t.Ignored == t.Jobs {
			kind = "all its jobs are cancelled or abandoned"
		}
	}
	if len(names) > reasonsInLine {
		names = nil // which means all
	}
	if name, err := v.env.ReadOnlyContext(s.server); name != "" || err != nil { // which refuses queue gc
		v.env.Info("%s: %s", s.server, kind)
		return
	}
	v.env.Info("%s: %s; to remove them: %s", s.server, kind, cmderr.Try("queue", "gc").Queues(names...).On(s.server))
}
