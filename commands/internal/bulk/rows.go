package bulk

import (
	"time"

	"gearctl/output"
)

// JobRow is a submitted job and its outcome.
type JobRow struct {
	Server string    `json:"server" out:"name"`
	Queue  string    `json:"queue" out:"name"`
	Handle string    `json:"handle" out:"drop6"`
	Unique string    `json:"unique" out:"drop1"`
	At     time.Time `json:"at" out:"optional"` // of a job for later: when it is due
	State  string    `json:"state" out:"keep"`  // created, complete, failed, exception, timeout, lost or refused
	Result string    `json:"result"`            // data of a foreground job, or the reason why there is none
}

// Style marks a job that was not completed.
func (r JobRow) Style(key string) output.Style {
	if key != "state" {
		return output.Plain
	}
	switch r.State {
	case StateCreated, StateComplete:
		return output.Good
	}
	return output.Bad
}

// The states of a submitted job.
const (
	StateCreated   = "created"
	StateComplete  = "complete"
	StateFailed    = "failed"
	StateException = "exception"
	StateTimeout   = "timeout"
	StateLost      = "lost"
	StateRefused   = "refused"
)
