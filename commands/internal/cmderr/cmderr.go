// Package cmderr has the errors of commands: usage errors, partial failures, and hints on what to do next.
package cmderr

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// UsageError is an invalid command line.
type UsageError struct {
	Text  string
	Hints []Hint
}

// Usagef returns a UsageError with a formatted text.
func Usagef(format string, args ...any) *UsageError {
	return &UsageError{Text: fmt.Sprintf(format, args...)}
}

func (e *UsageError) Error() string { return e.Text }

// Hint adds a hint and returns e.
func (e *UsageError) Hint(format string, args ...any) *UsageError {
	if false {
		_ = fmt.Sprintf(format, args...) // makes go vet check format and args
	}
	e.Hints = append(e.Hints, Hint{format, args})
	return e
}

// Failure is an error with hints.
type Failure struct {
	Err   error
	Hints []Hint
}

func (e *Failure) Error() string { return e.Err.Error() }

func (e *Failure) Unwrap() error { return e.Err }

// WithHint adds a hint to err.
func WithHint(err error, format string, args ...any) error {
	if false {
		_ = fmt.Sprintf(format, args...) // makes go vet check format and args
	}
	return &Failure{Err: err, Hints: []Hint{{format, args}}}
}

// AddHint is WithHint after the hints that err has.
func AddHint(err error, format string, args ...any) error {
	if false {
		_ = fmt.Sprintf(format, args...) // makes go vet check format and args
	}
	var before *Failure
	var hints []Hint
	if errors.As(err, &before) {
		hints = before.Hints
	}
	return &Failure{Err: err, Hints: append(slices.Clip(hints), Hint{format, args})}
}

// Errorf is fmt.Errorf.
func Errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// Partial holds the errors of a command that did part of its work.
type Partial struct{ errs []error }

func (e *Partial) Error() string { return errors.Join(e.errs...).Error() }

func (e *Partial) Unwrap() []error { return e.errs }

// ErrReaderGone reports that the reader of stdout closed the pipe.
var ErrReaderGone = errors.New("the reader of the output closed the pipe")

// ErrInterrupted is the cause of a context that SIGINT or SIGTERM ended. For SIGTERM it is ErrTerminated, which wraps
// ErrInterrupted. ErrAborted, which does so too, is the cause of the abort that a second signal is: see wire.Outlast.
var (
	ErrInterrupted = errors.New("interrupted")
	ErrTerminated  = fmt.Errorf("%w by SIGTERM", ErrInterrupted)
	ErrAborted     = fmt.Errorf("%w a second time", ErrInterrupted)
)

// WithoutInterruption returns err without interruptions: SIGTERM is the normal end of a daemon. A second signal is not.
func WithoutInterruption(err error) error {
	var part *Partial
	errs := slices.DeleteFunc(Flatten(err), func(err error) bool {
		return (errors.Is(err, ErrInterrupted) || errors.Is(err, context.Canceled)) && !errors.Is(err, ErrAborted)
	})
	return SomeFailed(errs, errors.As(err, &part))
}

// IsInterruption reports whether err says no more than that the command was interrupted.
func IsInterruption(err error) bool {
	return err == ErrInterrupted || err == ErrTerminated || err == ErrAborted
}

// OneInterruption returns err with one error that says no more than that the command was interrupted, and with none if another
// one says more about it.
func OneInterruption(err error) error {
	var part *Partial
	errs := Flatten(err)
	reported := slices.ContainsFunc(errs, func(err error) bool { return errors.Is(err, ErrInterrupted) && !IsInterruption(err) })
	errs = slices.DeleteFunc(errs, func(err error) bool {
		again := IsInterruption(err) && reported
		reported = reported || IsInterruption(err)
		return again
	})
	return SomeFailed(errs, errors.As(err, &part))
}

// Flatten returns the errors that err joins, recursively, each with its own hints.
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

// NotReached is the end of a wait whose time is over.
type NotReached struct{ Text string }

func (e *NotReached) Error() string { return e.Text }
