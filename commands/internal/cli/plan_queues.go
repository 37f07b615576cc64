package cli

import (
	"context"

	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
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
