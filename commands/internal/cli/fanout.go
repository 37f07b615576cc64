package cli

import (
	"context"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// Collect queries every server concurrently and passes each answer to add, in the order of the servers. The failure of
// one server hides no answer of another: the error is a *cmderr.Partial when some answered, else it joins all failures.
func Collect[T any](ctx context.Context, env *Env, f func(context.Context, *wire.Conn) (T, error), add func(server string, v T)) error {
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	var errs []error
	results := wire.FanOut(ctx, d, servers, f)
	for _, r := range results {
		if r.Err != nil {
			errs = append(errs, r.Err)
			continue
		}
		add(r.Server, r.Value)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return cmderr.SomeFailed(errs, len(errs) < len(results))
}
