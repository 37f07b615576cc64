package commands

import (
	"errors"
	"slices"
	"syscall"
)

// printsOnly reports whether all that a command does is printing: raw may change something, but has done it when it
// prints.
func (c *Command) printsOnly() bool { return !c.Changes || c.Name == "raw" }

// withoutReaderGone is err without what came of a reader of the output that went away, as head does when it has enough.
// For a command that only prints this is no error. Others say themselves what became of the jobs in their hands.
func withoutReaderGone(c *Command, err error) error {
	if c == nil || !c.printsOnly() || !errors.Is(err, syscall.EPIPE) {
		return err
	}
	var some *partial
	rest := slices.DeleteFunc(flatten(err), func(e error) bool { return errors.Is(e, syscall.EPIPE) })
	return someFailed(rest, errors.As(err, &some))
}
