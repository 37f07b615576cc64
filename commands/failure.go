package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// usageError is a command line that cannot be carried out as it stands.
type usageError struct {
	text  string
	hints []hint
}

func usagef(format string, args ...any) *usageError {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

func (e *usageError) Error() string { return e.text }

func (e *usageError) hint(format string, args ...any) *usageError {
	if false {
		_ = fmt.Sprintf(format, args...) // so that go vet compares both
	}
	e.hints = append(e.hints, hint{format, args})
	return e
}

// failure is an error with the command to type next.
type failure struct {
	err   error
	hints []hint
}

func (e *failure) Error() string { return e.err.Error() }
func (e *failure) Unwrap() error { return e.err }

// withHint adds a hint to err.
func withHint(err error, format string, args ...any) error {
	if false {
		_ = fmt.Sprintf(format, args...) // so that go vet compares both
	}
	return &failure{err: err, hints: []hint{{format, args}}}
}

func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// partial says that some of the work was done, and holds what failed.
type partial struct{ errs []error }

func (e *partial) Error() string   { return errors.Join(e.errs...).Error() }
func (e *partial) Unwrap() []error { return e.errs }

// errReaderGone is the cause when who reads our stdout went away.
var errReaderGone = errors.New("the reader of the output closed the pipe")

// errInterrupted is the cause of a context that SIGINT or SIGTERM ended, errTerminated, which is an errInterrupted too,
// that of one that SIGTERM ended.
var (
	errInterrupted = errors.New("interrupted")
	errTerminated  = fmt.Errorf("%w by SIGTERM", errInterrupted)
)

// withoutInterruption returns what failed besides being interrupted: for a daemon SIGTERM is the regular end.
func withoutInterruption(err error) error {
	var part *partial
	errs := slices.DeleteFunc(flatten(err), func(err error) bool {
		return errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled)
	})
	return someFailed(errs, errors.As(err, &part))
}

// flatten returns the errors that err joins, each with its own hints.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// pluginState is the end of a command that answers as a monitoring plugin does and has printed its line: its code is
// the exit code.
type pluginState int

func (s pluginState) Error() string { return fmt.Sprintf("state %d", int(s)) }
