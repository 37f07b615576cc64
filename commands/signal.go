package commands

import (
	"os"
	"syscall"
)

// Stopped returns the cause for which Main's context ends when the process gets a signal.
func Stopped(by os.Signal) error {
	if by == syscall.SIGTERM {
		return errTerminated
	}
	return errInterrupted
}
