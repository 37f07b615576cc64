package cli

import (
	"context"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// PlanDrain asks all servers, each once, for the queues that m names; see jobs.NewPlan.
func PlanDrain(ctx context.Context, env *Env, m *servers.Matcher, rules jobs.PlanRules) (*jobs.Plan, error) {
	if err := env.DedupeServers(ctx); err != nil {
		return nil, err
	}
	var snapshots []*servers.Snapshot
	err := Collect(ctx, env, func(ctx context.Context, c *wire.Conn) (*servers.Snapshot, error) {
		s, err := servers.TakeSnapshot(ctx, c, servers.PartQueues, servers.PartVersion)
		if err == nil {
			c.KeepIdle()
		}
		return s, err
	}, func(_ string, s *servers.Snapshot) { snapshots = append(snapshots, s) })
	return jobs.NewPlan(env, m, rules, snapshots, err)
}

// NoteLeftOut reports, before a question, what a plan does not cover and why: servers that did not answer, unknown queues. The
// error itself is reported at the end.
func (e *Env) NoteLeftOut(err error) {
	for _, leaf := range cmderr.Flatten(err) {
		e.Info("left out: %v", leaf)
	}
}

// OnServers says on how many servers what a question is about is; "" for one.
func OnServers(n int) string {
	if n < 2 {
		return ""
	}
	return " on " + output.Plural(int64(n), "server", "servers")
}
