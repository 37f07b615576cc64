// Package cmderr has the errors of commands: what went wrong, whose fault it is, and what may help.
package cmderr

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// UsageError is a command line that cannot be carried out as it stands.
type UsageError struct {
	Text  string
	Hints []Hint
}

func Usagef(format string, args ...any) *UsageError {
	return &UsageError{Text: fmt.Sprintf(format, args...)}
}

func (e *UsageError) Error() string { return e.Text }

func (e *UsageError) Hint(format string, args ...any) *UsageError {
	if false {
		_ = fmt.Sprintf(format, args...) // so that go vet compares both
	}
	e.Hints = append(e.Hints, Hint{format, args})
	return e
}

// Failure is an error with the command to type next.
type Failure struct {
	Err   error
	Hints []Hint
}

func (e *Failure) Error() string { return e.Err.Error() }

func (e *Failure) Unwrap() error { return e.Err }

// WithHint adds a hint to err.
func WithHint(err error, format string, args ...any) error {
	if false {
		_ = fmt.Sprintf(format, args...) // so that go vet compares both
	}
	return &Failure{Err: err, Hints: []Hint{{format, args}}}
}

func Errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// Partial says that some of the work was done, and holds what failed.
type Partial struct{ errs []error }

func (e *Partial) Error() string { return errors.Join(e.errs...).Error() }

func (e *Partial) Unwrap() []error { return e.errs }

// ErrReaderGone is the cause when who reads our stdout went away.
var ErrReaderGone = errors.New("the reader of the output closed the pipe")

// ErrInterrupted is the cause of a context that SIGINT or SIGTERM ended, errTerminated, which is an errInterrupted too,
// that of one that SIGTERM ended.
var (
	ErrInterrupted = errors.New("interrupted")
	ErrTerminated  = fmt.Errorf("%w by SIGTERM", ErrInterrupted)
)

// WithoutInterruption returns what failed besides being interrupted: for a daemon SIGTERM is the regular end.
func WithoutInterruption(err error) error {
	var part *Partial
	errs := slices.DeleteFunc(Flatten(err), func(err error) bool {
		return errors.Is(err, ErrInterrupted) || errors.Is(err, context.Canceled)
	})
	return SomeFailed(errs, errors.As(err, &part))
}

// Flatten returns the errors that err joins, each with its own hints.
func Flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, Flatten(e)...)
	}
	return all
}

func (s PluginState) Error() string { return fmt.Sprintf("state %d", int(s)) }
