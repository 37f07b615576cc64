package commands

import (
	"context"
	"errors"
	"time"

	"gearctl/wire"
)

// maybeSubmitted reports whether a server may have a job although submitting it failed.
func maybeSubmitted(err error) bool {
	for _, leaf := range flatten(err) {
		var op *wire.OpError
		var refused *wire.ServerError
		if !errors.As(leaf, &refused) && (!errors.As(leaf, &op) || !op.Safe) {
			return true
		}
	}
	return false
}

// outlasting returns a context that ends d after ctx.
func outlasting(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if pause(longer, d) {
			cancel(context.Cause(ctx))
		}
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}
