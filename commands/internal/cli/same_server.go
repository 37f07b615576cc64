package cli

import (
	"context"

	"gearctl/wire"
)

// EachOnce leaves out of the servers those that are others under a second name, and says so. It is for what takes or
// counts jobs, or changes queues: done twice at once on one server, each half gets in the way of the other.
func (e *Env) EachOnce(ctx context.Context) error {
	d, servers, err := e.Network()
	if err != nil || len(servers) < 2 {
		return err
	}
	e.Same = wire.SameServers(ctx, d, servers)
	for _, s := range servers {
		if first := e.Same[s]; first != "" {
			e.Info("%s and %s are the same server; querying it once, as %s", first, s, first)
		}
	}
	return nil
}
