package commands

import (
	"errors"
	"slices"
	"syscall"
)

// isReaderGone reports whether err is that of a write whose reader went away, as head does when it has enough.
func isReaderGone(err error) bool { return errors.Is(err, syscall.EPIPE) }

// withoutReaderGone is err without the writes that failed because the reader of the output went away: what a command
// had to do it has done when it prints. A command that still had jobs in its hands returns errReaderGone, which stays.
func withoutReaderGone(err error) error {
	if !isReaderGone(err) {
		return err
	}
	var some *partial
	return someFailed(slices.DeleteFunc(flatten(err), isReaderGone), errors.As(err, &some))
}
