package wire

import "time"

// How many jobs, and how much time, may pass between two jobs that mark what is new.
const (
	markEvery = 250
	markAge   = 10 * time.Millisecond
)

// marker is a canary that goes between the jobs of others: its handles mark what is new. A nil one makes none.
type marker struct {
	*canary
	last   time.Time
	passed int   // jobs since the last
	made   int64 // marks in all
}

// due reports whether one is to go ahead of the next job.
func (m *marker) due() bool {
	if m == nil {
		return false
	}
	m.passed++
	return m.passed > markEvery || time.Since(m.last) >= markAge
}

// mark returns the next one.
func (m *marker) mark() *Submission {
	m.made++
	m.passed, m.last = 0, time.Now()
	return m.job()
}
