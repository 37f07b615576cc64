package jobs

import (
	"errors"
	"fmt"
	"strings"

	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// DrainRow is what was taken out of a queue of a server.
type DrainRow struct {
	Server     string  `json:"server"`
	Queue      string  `json:"queue" out:"wide"`
	Drained    int64   `json:"drained"`
	WouldDrain *int64  `json:"would_drain" out:"optional"` // with --dry-run, at most
	Bytes      int64   `json:"bytes" out:"bytes"`
	Remaining  *int64  `json:"remaining"`
	Running    *int64  `json:"running"`
	Archive    *string `json:"archive"`
	Duration   float64 `json:"duration_seconds" out:"seconds"`

	Failed bool // it was not drained to its end
}

// Style marks what was left behind.
func (r DrainRow) Style(key string) output.Style {
	if key == "remaining" && r.Remaining != nil && *r.Remaining > 0 {
		return output.Warn
	}
	return output.Plain
}

// LostJobs tells of jobs that are neither drained nor back, or nothing.
func LostJobs(n wire.Taken) string {
	text := ""
	if n.Unconfirmed > 0 {
		text += ", " + output.Plural(n.Unconfirmed, "job was", "jobs were") + " acknowledged without confirmation and may be gone from the server"
	}
	if n.Lost > 0 {
		text += ", " + output.Plural(n.Lost, "job is", "jobs are") + " lost: this server does not requeue jobs"
	}
	return text
}

// KeyNames lists the fingerprints of keys.
func KeyNames(keys []modgearman.Key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.String()
	}
	return strings.Join(names, ", ")
}

// Known returns v, or nil for the zero value.
func Known[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// IsLocked reports whether a job cannot be decoded for want of the right key.
func IsLocked(err error) bool {
	var e *modgearman.DecodeError
	return errors.As(err, &e) && (e.Reason == modgearman.ReasonNoKey || e.Reason == modgearman.ReasonWrongKey)
}

func DecodeReason(err error) string {
	var e *modgearman.DecodeError
	if errors.As(err, &e) {
		return e.Reason.String()
	}
	return "unreadable"
}

// PacketProblem is err without the words about building.
func PacketProblem(err error) error {
	var field *modgearman.FieldError
	if errors.As(err, &field) {
		return fmt.Errorf("%s %s", field.Field, field.Problem)
	}
	return err
}
