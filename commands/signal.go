package commands

import (
	"context"
	"os"
	"syscall"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// Stopped returns the cause for which Main's context ends when the process gets a signal.
func Stopped(by os.Signal) error {
	if by == syscall.SIGTERM {
		return cmderr.ErrTerminated
	}
	return cmderr.ErrInterrupted
}

// WithAbort returns a context for Main, and a function for a second signal. Once that is called the command waits for no more
// answers, and reports what is known.
func WithAbort(ctx context.Context) (aborting context.Context, abort func()) {
	aborted, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	return wire.WithAbort(ctx, aborted), func() { cancel(cmderr.ErrAborted) }
}
