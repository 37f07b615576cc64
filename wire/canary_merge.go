package wire

import "time"

// How many jobs, and how much time, may pass between two jobs that mark what is new.
const (
	canaryEvery = 250
	canaryAge   = 10 * time.Millisecond
)

// mergeDetector is a canary that goes between the jobs of others: its handles mark what is new. A nil one makes none.
type mergeDetector struct {
	*canary
	last   time.Time
	passed int   // jobs since the last
	made   int64 // marks in all
}

// due reports whether one is to go ahead of the next job.
func (m *mergeDetector) due() bool {
	if m == nil {
		return false
	}
	m.passed++
	return m.passed > canaryEvery || time.Since(m.last) >= canaryAge
}

// mark returns the next one.
func (m *mergeDetector) mark() *Submission {
	m.made++
	m.passed, m.last = 0, time.Now()
	return m.job()
}
