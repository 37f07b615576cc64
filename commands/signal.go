package commands

import (
	"os"
	"syscall"

	"gearctl/commands/internal/cmderr"
)

// Stopped returns the cause for which Main's context ends when the process gets a signal.
func Stopped(by os.Signal) error {
	if by == syscall.SIGTERM {
		return cmderr.ErrTerminated
	}
	return cmderr.ErrInterrupted
}
