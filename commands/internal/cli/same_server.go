package cli

import (
	"context"

	"gearctl/wire"
)

// DedupeServers removes from the servers of this run those that are others under a second name, and reports them. It is
// for what takes or counts jobs, or changes queues: done twice at once on one server, each half disturbs the other.
func (e *Env) DedupeServers(ctx context.Context) error {
	d, servers, err := e.Network()
	if err != nil || len(servers) < 2 {
		return err
	}
	e.run.aliases = wire.SameServers(ctx, d, servers)
	for _, s := range servers {
		if first := e.run.aliases[s]; first != "" {
			e.Info("%s and %s are the same server; querying it once, as %s", first, s, first)
		}
	}
	return nil
}
