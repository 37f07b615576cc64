package cmderr

import (
	"errors"
	"slices"
	"syscall"
)

// IsReaderGone reports whether err is a write to a pipe whose reader has closed it, as head does.
func IsReaderGone(err error) bool { return errors.Is(err, syscall.EPIPE) }

// WithoutReaderGone returns err without writes that failed because the reader closed the pipe: a command that prints
// has done its work. ErrReaderGone, which a command returns while it still holds jobs, is kept.
func WithoutReaderGone(err error) error {
	if !IsReaderGone(err) {
		return err
	}
	var some *Partial
	return SomeFailed(slices.DeleteFunc(Flatten(err), IsReaderGone), errors.As(err, &some))
}
