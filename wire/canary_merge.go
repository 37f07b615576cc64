package wire

import "time"

// How many jobs, and how much time, may pass between two canaries.
const (
	canaryEvery = 250
	canaryAge   = 10 * time.Millisecond
)

// mergeDetector submits canaries between the jobs of others. A job whose handle is not newer than the last canary's was merged
// into an older job. A nil one submits none.
type mergeDetector struct {
	*canary
	last   time.Time
	passed int   // jobs since the last
	made   int64 // canaries in all
}

// due reports whether a canary must precede the next job.
func (m *mergeDetector) due() bool {
	if m == nil {
		return false
	}
	m.passed++
	return m.passed > canaryEvery || time.Since(m.last) >= canaryAge
}

// next returns the next canary.
func (m *mergeDetector) mark() *Submission {
	m.made++
	m.passed, m.last = 0, time.Now()
	return m.job()
}
