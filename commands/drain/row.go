package drain

import (
	"cmp"

	"gearctl/commands/internal/jobs"
	"gearctl/output"
)

// row is what was drained from a queue of a server.
type row struct {
	Server     string   `json:"server" out:"name"`
	Queue      string   `json:"queue" out:"name"`
	Drained    int64    `json:"drained" out:"keep"`
	WouldDrain *int64   `json:"would_drain" out:"optional,keep"` // with --dry-run, at most
	Bytes      int64    `json:"bytes" out:"bytes,drop2"`
	Remaining  *int64   `json:"remaining" out:"drop8"`
	Running    *int64   `json:"running" out:"drop6"`
	Archive    *string  `json:"archive" out:"drop3"`
	Archives   []string `json:"archives" out:"optional"` // with --rotate, with jobs of the queue
	Duration   float64  `json:"duration_seconds" out:"seconds,drop1"`

	failed       bool // before its end
	acknowledged int64
	removal      jobs.Removal // those, and others that were taken
}

// Style marks what was left behind.
func (r row) Style(key string) output.Style {
	if key == "remaining" && r.Remaining != nil && *r.Remaining > 0 {
		return output.Warn
	}
	return output.Plain
}

func compareRows(a, b row) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Queue, b.Queue))
}
