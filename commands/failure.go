package commands

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"gearctl/output"
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
var errReaderGone = errors.New("the reader of the output went away")

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

// errInterrupted is the cause of a context that SIGINT or SIGTERM ended, errTerminated, which is an errInterrupted too,
// that of one that SIGTERM ended.
var (
	errInterrupted = errors.New("interrupted")
	errTerminated  = fmt.Errorf("%w by SIGTERM", errInterrupted)
)

// Stopped returns the cause for which Main's context ends when the process gets a signal.
func Stopped(by os.Signal) error {
	if by == syscall.SIGTERM {
		return errTerminated
	}
	return errInterrupted
}

// withoutInterruption returns what failed besides being interrupted: for a daemon SIGTERM is the regular end.
func withoutInterruption(err error) error {
	var part *partial
	errs := slices.DeleteFunc(flatten(err), func(err error) bool {
		return errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled)
	})
	return someFailed(errs, errors.As(err, &part))
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

// report writes err for a person, a line for each error that it joins, then the hints.
func (e *Env) report(w io.Writer, err error) {
	var hints []hint
	for _, leaf := range flatten(err) {
		if isReaderGone(leaf) {
			continue
		}
		fmt.Fprintf(w, "gearctl: %s\n", output.Escape(leaf.Error()))
		hints = append(hints, hintsOf(leaf)...)
	}
	e.writeHints(w, hints)
}

func hintsOf(err error) []hint {
	var usage *usageError
	var fail *failure
	switch {
	case errors.As(err, &usage):
		return usage.hints
	case errors.As(err, &fail):
		return fail.hints
	}
	return networkHint(err)
}

// networkHint says what to try when a server does not answer as one should.
func networkHint(err error) []hint {
	var op *wire.OpError
	var handshake *wire.TLSError
	var alert tls.AlertError // TLS 1.3 refuses a client after the handshake
	var frame *wire.FrameError
	var slow *wire.SlowError
	if text := limitHint(err); text != "" {
		return prose(text)
	}
	switch {
	case errors.As(err, &handshake) && handshake.PlainText:
		return prose("the server may speak plain text: gearmand built without SSL accepts --ssl and ignores it; try without --tls")
	case errors.As(err, &handshake):
		return prose("name the authority with --tls-ca FILE, the certificate's name with --tls-server-name")
	case errors.As(err, &alert):
		return prose("the server may want a client certificate: --tls-cert FILE --tls-key FILE")
	case errors.As(err, &frame) && frame.TooLarge:
		return prose("raise the limit with --max-packet SIZE if the server is to be trusted")
	case !errors.As(err, &op):
		return nil
	case errors.As(err, &slow):
		return prose("the server sends, but too slowly; allow more time than --answer-timeout " + shortDuration(slow.Limit) + " if that is expected")
	case errors.Is(err, wire.ErrSilent):
		return []hint{{"it accepts connections and does not answer: busy, stopped, or no Gearman server; %s", []any{try("ping", "--timeout", "30s").on(op.Server)}}}
	case errors.Is(err, syscall.ECONNREFUSED):
		return prose("is gearmand running there? name another server with -s HOST:PORT or GEARCTL_SERVER")
	case op.Op == "dial" && strings.Contains(err.Error(), "no such host"):
		return prose("name the server with -s HOST:PORT")
	case errors.As(err, &frame):
		return prose("is this a Gearman server? see what it says with --trace; a server with TLS needs --tls")
	}
	return nil
}

func prose(text string) []hint { return []hint{{"%s", []any{text}}} }
