package top

import (
	"slices"
	"time"

	"gearctl/output"
)

// serverRecord is a server at a time, for recording.
type serverRecord struct {
	Time       time.Time  `json:"time" out:"drop1"`
	Server     string     `json:"server" out:"name"`
	State      string     `json:"state" out:"keep"`
	Version    *string    `json:"version" out:"drop2"`
	Queues     *int64     `json:"queues" out:"drop5"`
	Waiting    *int64     `json:"waiting" out:"keep"`
	Running    *int64     `json:"running" out:"drop6"`
	Workers    *int64     `json:"workers" out:"drop7"`
	In         *float64   `json:"in_per_second" out:"drop4"`
	Out        *float64   `json:"out_per_second" out:"drop4"`
	LastAnswer *time.Time `json:"last_answer" out:"drop3"`
	Problem    *string    `json:"problem" out:"wide"`
}

// The states of servers.
const (
	stateUp   = "up"
	stateDown = "down"
)

// Style highlights servers with problems.
func (r serverRecord) Style(key string) output.Style {
	switch {
	case r.State == stateDown && (key == "state" || key == problemKey):
		return output.Bad
	case r.State == stateDown:
		return output.Faint
	case r.Problem != nil && key == problemKey:
		return output.Warn
	}
	return output.Plain
}

// serverRecords returns the rows of a round: of all servers, those that did not answer without figures.
func (r *recorder) serverRecords(now time.Time, answered []*serverState) []serverRecord {
	rows := make([]serverRecord, len(r.servers))
	for i, s := range r.servers {
		row := serverRecord{Time: now, Server: s.name, State: stateUp}
		if !s.lastAnswer.IsZero() {
			version, at := s.version, s.lastAnswer
			row.Version, row.LastAnswer = &version, &at
		}
		problem := s.problem(now, 0)
		if slices.Contains(answered, s) {
			queues, sum := int64(len(s.queues)), s.sum
			row.Queues, row.Waiting, row.Running, row.Workers = &queues, &sum.waiting, &sum.running, &sum.workers
			row.In, row.Out = s.lastSums()
		} else {
			row.State = stateDown
			if s.err == nil { // it is late
				problem.text = "no answer in time"
			}
		}
		if problem.text != "" {
			row.Problem = &problem.text
		}
		rows[i] = row
	}
	return rows
}

// lastSums returns how many jobs arrived and left a second between the last two polls; nil: that is not known.
func (s *serverState) lastSums() (in, out *float64) {
	arrived, _ := s.arrived.Last(s.polls)
	left, _ := s.left.Last(s.polls)
	d := s.lastSpan()
	if d <= 0 {
		return nil, nil
	}
	a, l := float64(arrived)/d, float64(left)/d
	return &a, &l
}
