package commands

import (
	"context"

	"gearctl/wire"
)

// planDrain asks all servers, each once, for the queues that m names; see newDrainPlan.
func planDrain(ctx context.Context, env *Env, m *queueMatcher, rules planRules) (*drainPlan, error) {
	if err := env.eachOnce(ctx); err != nil {
		return nil, err
	}
	var snapshots []*Snapshot
	err := collect(ctx, env, func(ctx context.Context, c *wire.Conn) (*Snapshot, error) {
		s, err := takeSnapshot(ctx, c, partQueues, partVersion)
		if err == nil {
			c.KeepIdle()
		}
		return s, err
	}, func(_ string, s *Snapshot) { snapshots = append(snapshots, s) })
	return newDrainPlan(env, m, rules, snapshots, err)
}
