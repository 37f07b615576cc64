package connect

import (
	"context"
	"errors"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// MaybeSubmitted reports whether a server may have accepted a job although submitting it returned err.
func MaybeSubmitted(err error) bool {
	for _, leaf := range cmderr.Flatten(err) {
		var op *wire.OpError
		var refused *wire.ServerError
		var unsent *NotSubmittedError
		if !errors.As(leaf, &unsent) && !errors.As(leaf, &refused) && (!errors.As(leaf, &op) || !op.Safe) {
			return true
		}
	}
	return false
}

// WithGrace returns a context that ends d after ctx.
func WithGrace(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(wire.Outlast(ctx))
	stop := context.AfterFunc(ctx, func() {
		if cmderr.Pause(longer, d) {
			cancel(context.Cause(ctx))
		}
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}
