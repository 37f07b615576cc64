package commands

import "gearctl/output"

// submitRow is a submitted job and what became of it.
type submitRow struct {
	Server string `json:"server"`
	Queue  string `json:"queue" out:"wide"`
	Handle string `json:"handle"`
	Unique string `json:"unique"`
	State  string `json:"state"`  // created, complete, failed, exception, timeout, lost or refused
	Result string `json:"result"` // data of a foreground job, or why it has none
}

// Style marks a job that was not done.
func (r submitRow) Style(key string) output.Style {
	if key != "state" {
		return output.Plain
	}
	switch r.State {
	case stateCreated, stateComplete:
		return output.Good
	}
	return output.Bad
}

// The states of a submitted job.
const (
	stateCreated   = "created"
	stateComplete  = "complete"
	stateFailed    = "failed"
	stateException = "exception"
	stateTimeout   = "timeout"
	stateLost      = "lost"
	stateRefused   = "refused"
)
