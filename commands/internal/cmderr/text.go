package cmderr

import (
	"context"
	"errors"
	"strings"
	"time"
)

// PluginState is the end of a command that answers as a monitoring plugin does and has printed its line: its code is
// the exit code.
type PluginState int

// Pause waits for d and reports whether ctx still lives.
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

// OneLine makes one line of an error.
func OneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// RootCause is the error at the bottom, which names no file.
func RootCause(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}

// Quoted joins names for a message, cut to a few.
func Quoted(names []string) string {
	const shown = 6
	text := strings.Join(names[:min(len(names), shown)], ", ")
	if len(names) > shown {
		text += ", …"
	}
	return text
}

var ErrWaitedEnough = errors.New("waited long enough")

// ShortDuration is d without zero units: 5m, not 5m0s.
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
