package trend

import (
	"math"
	"time"
)

// Window is the number of polls over which rates are computed.
const Window = 10

// Flow counts the jobs by which a queue grew and shrank in the last Window polls.
type Flow struct {
	Rise, Fall int64         // the sums of the changes over and under 0
	changes    [Window]int32 // by the poll's number modulo Window
}

// Add records by how much the number of jobs changed until that poll; polls are numbered consecutively.
func (f *Flow) Add(poll, change int64) {
	i := poll % Window
	rise, fall := f.At(i)
	f.Rise, f.Fall = f.Rise-rise, f.Fall-fall
	f.changes[i] = int32(max(math.MinInt32+1, min(change, math.MaxInt32)))
	rise, fall = f.At(i)
	f.Rise, f.Fall = f.Rise+rise, f.Fall+fall
}

// At returns how many jobs came and went until poll i, modulo Window.
func (f *Flow) At(i int64) (rise, fall int64) {
	return int64(max(0, f.changes[i])), int64(max(0, -f.changes[i]))
}

// Spans is how much time the last Window polls of a server cover.
type Spans struct {
	spans [Window]time.Duration
	sum   time.Duration
}

// Add records how much time lies between a poll and the one before.
func (s *Spans) Add(poll int64, d time.Duration) {
	i := poll % Window
	s.sum += d - s.spans[i]
	s.spans[i] = d
}

// At returns how much time was added for poll i, modulo Window; 0: none.
func (s *Spans) At(i int64) time.Duration { return s.spans[i] }

// Rate returns n per second of the time covered; ok is false while none is.
func (s *Spans) Rate(n int64) (perSecond float64, ok bool) {
	if s.sum <= 0 {
		return 0, false
	}
	return float64(n) / s.sum.Seconds(), true
}
