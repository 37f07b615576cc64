package doctor

import (
	"context"

	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// sharedConnections are the connections that serve several queues.
type sharedConnections struct {
	n     int64
	first wire.WorkerStatus
}

// querySharedConnections looks for them where they do harm.
func (f *serverFacts) querySharedConnections(ctx context.Context, c *wire.Conn) error {
	if !f.snap.Version.IsGearmand() || f.snap.Version.AllowsSharing() {
		return nil
	}
	if err := f.snap.Ask(ctx, c, servers.PartWorkers); err != nil {
		return err
	}
	for _, w := range f.snap.Workers.Rows {
		if len(w.Functions) > 1 {
			if f.shared.n++; f.shared.n == 1 {
				f.shared.first = w
			}
		}
	}
	return nil
}

// reportWorkerFaults reports what workers do that the server's version cannot handle.
func (d *inspection) reportWorkerFaults(s *section, f *serverFacts) {
	if n := f.shared.n; n > 0 {
		w := f.shared.first
		s.warn(f.server, "install gearmand 1.1.22",
			"%s: %s several queues, such as one from %s (%s and %d more): this release can then stop answering, or leave a job waiting in one of them", f.snap.Version,
			output.Plural(n, "connection serves", "connections serve"), w.Address, w.Functions[0], len(w.Functions)-1)
	}
	for _, line := range f.snap.Queues.Bad {
		if line.MoreRunning() {
			s.fail(f.server, d.restartAt(f.server),
				"line %d of its status: %s, as when a job time-out of a worker (CAN_DO_TIMEOUT) has damaged the server's memory (before gearmand "+servers.TimeoutFaultBefore+")", line.Number, line.Cause)
		}
	}
}
