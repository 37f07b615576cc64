package cmderr

import (
	"context"
	"errors"
	"strings"
	"time"
)

// PluginState is the error of a command that exits like a monitoring plugin and has already printed its output; it is
// the exit code.
type PluginState int

// ReportedError is an error of which the command has told the user, and which still decides the exit code.
type ReportedError struct{ Err error }

func (e *ReportedError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *ReportedError) Unwrap() error { return e.Err }

// Pause waits for d; it returns false if ctx ends first.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// OneLine returns the text of err on one line.
func OneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// RootCause returns the text of the innermost error, which names no file.
func RootCause(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}

// Quoted joins names for a message and truncates a long list.
func Quoted(names []string) string {
	const shown = 6
	text := strings.Join(names[:min(len(names), shown)], ", ")
	if len(names) > shown {
		text += ", …"
	}
	return text
}

// ErrWaitedEnough is the cause of a context that ended because --wait elapsed.
var ErrWaitedEnough = errors.New("waited long enough")

// ShortDuration formats d without trailing zero units: 5m, not 5m0s.
func ShortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
