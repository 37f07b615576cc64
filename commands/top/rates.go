package top

import (
	"math"
	"time"
)

// rateWindow is the number of polls over which rates are computed.
const rateWindow = 10

// jobFlow counts the jobs by which a queue grew and shrank in the last polls.
type jobFlow struct {
	changes    [rateWindow]int32 // by the poll's number modulo rateWindow
	rise, fall int64             // the sums of those over and under 0
}

// add records by how much the number of jobs changed until that poll; polls are numbered consecutively.
func (f *jobFlow) add(poll, change int64) {
	i := poll % rateWindow
	rise, fall := f.at(i)
	f.rise, f.fall = f.rise-rise, f.fall-fall
	f.changes[i] = int32(max(math.MinInt32+1, min(change, math.MaxInt32)))
	rise, fall = f.at(i)
	f.rise, f.fall = f.rise+rise, f.fall+fall
}

// at returns how many jobs came and went until poll i, modulo rateWindow.
func (f *jobFlow) at(i int64) (rise, fall int64) {
	return int64(max(0, f.changes[i])), int64(max(0, -f.changes[i]))
}

// pollSpans is how much time the last polls of a server cover.
type pollSpans struct {
	spans [rateWindow]time.Duration
	sum   time.Duration
}

func (s *pollSpans) add(poll int64, d time.Duration) {
	i := poll % rateWindow
	s.sum += d - s.spans[i]
	s.spans[i] = d
}

// rate returns n per second of the time covered; ok is false while none is.
func (s *pollSpans) rate(n int64) (perSecond float64, ok bool) {
	if s.sum <= 0 {
		return 0, false
	}
	return float64(n) / s.sum.Seconds(), true
}
