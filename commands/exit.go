package commands

import (
	"context"
	"errors"

	"gearctl/wire"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitPartial     = 4
	exitInterrupted = 130
)

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var usage *usageError
	var part *partial
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &part):
		return exitPartial
	case allUnreachable(err):
		return exitUnreachable
	}
	return exitFailed
}

// allUnreachable reports whether every error that err joins is a server that could not be reached.
func allUnreachable(err error) bool {
	leaves := flatten(err)
	for _, e := range leaves {
		if !wire.IsUnreachable(e) {
			return false
		}
	}
	return len(leaves) > 0
}
