package doctor

import (
	"context"
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// checkStore sends a background job of its own to each server, which the server's store must keep.
func (v *serverInspection) checkStore(ctx context.Context, s *section) {
	v.testServers(ctx, func(ctx context.Context, c *wire.Conn) error { return c.CheckStore(ctx) },
		func(f *serverFacts, err error) { v.reportStore(s, f.server, err) })
}

func (v *serverInspection) reportStore(s *section, server string, err error) {
	var refused *wire.ServerError
	switch {
	case err == nil:
		s.ok(server, "accepts background jobs")
	case errors.As(err, &refused) && refused.Code == "QUEUE_ERROR":
		s.fail(server, v.storeFix(server), "refuses background jobs: %v; nothing the module sends is queued", refused)
	case errors.As(err, &refused):
		s.fail(server, "", "refuses background jobs: %v", refused)
	case errors.Is(err, wire.ErrKeepsJobs):
		s.fail(server, v.storeFix(server), "keeps jobs that were completed: its store has failed")
	default:
		s.unknown(server, "", "the test was interrupted: %s", cmderr.OneLine(err))
	}
}

func (v *serverInspection) storeFix(server string) string {
	fix := "check its log for the store (--queue-type)"
	if v.host.isLocal(server) {
		fix += ", then " + v.host.serviceCommand("restart", gearmanServices)
	}
	return fix
}
