package cmderr

import (
	"errors"
	"slices"
	"syscall"
)

// IsReaderGone reports whether err is that of a write whose reader went away, as head does when it has enough.
func IsReaderGone(err error) bool { return errors.Is(err, syscall.EPIPE) }

// WithoutReaderGone is err without the writes that failed because the reader of the output went away: what a command
// had to do it has done when it prints. A command that still had jobs in its hands returns errReaderGone, which stays.
func WithoutReaderGone(err error) error {
	if !IsReaderGone(err) {
		return err
	}
	var some *Partial
	return SomeFailed(slices.DeleteFunc(Flatten(err), IsReaderGone), errors.As(err, &some))
}
