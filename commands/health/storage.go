package health

import (
	"context"
	"errors"

	"gearctl/commands/internal/nagios"
	"gearctl/wire"
)

// checksStorage reports whether --storage applies: with --end-to-end it is the default.
func (o *options) checksStorage() bool { return o.storage || o.endToEnd && o.storageGiven == 0 }

// checkStorage sends a background job of gearctl's own, which the server's store must keep and then remove. While a store is
// down, gearmand still accepts foreground jobs, so that probes prove nothing about it.
func (v *inspection) checkStorage(ctx context.Context, s *serverResult) {
	start := v.env.Now()
	_, err := wire.WithConn(ctx, v.dialer, s.server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, c.CheckStore(ctx)
	})
	a := answer{seconds: microseconds(v.env.Now().Sub(start).Seconds()), text: "storage: a background job was stored and removed"}
	if err != nil {
		a.failed, a.state, a.text = true, nagios.StateCritical, "storage: "+v.storageFailure(s.server, err)
	}
	s.storage = []answer{a}
	s.addAnswer(&a)
}

func (v *inspection) storageFailure(server string, err error) string {
	var refused *wire.ServerError
	switch {
	case errors.Is(err, wire.ErrKeepsJobs):
		return "the server's store (--queue-type) has failed: " + wire.ErrKeepsJobs.Error()
	case errors.As(err, &refused) && refused.Code == "QUEUE_ERROR":
		return "the server's store (--queue-type) has failed: " + refused.Error()
	case errors.As(err, &refused):
		return "background jobs are refused: " + refused.Error()
	}
	return v.failureText(server, err)
}
