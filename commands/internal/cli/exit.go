package cli

import (
	"context"
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// The exit codes.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitUnreachable = 3
	ExitPartial     = 4
	ExitInterrupted = 130
)

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var usage *cmderr.UsageError
	var part *cmderr.Partial
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, cmderr.ErrInterrupted), errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &part):
		return ExitPartial
	case allUnreachable(err):
		return ExitUnreachable
	}
	return ExitFailed
}

// allUnreachable reports whether every error that err joins is a server that could not be reached.
func allUnreachable(err error) bool {
	leaves := cmderr.Flatten(err)
	for _, e := range leaves {
		if !wire.IsUnreachable(e) {
			return false
		}
	}
	return len(leaves) > 0
}
