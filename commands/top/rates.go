package top

import (
	"math"
	"time"
)

// topLooks is over how many looks at a server rates are taken.
const topLooks = 10

// topFlow counts the jobs of a queue that were seen to come and to go in the last looks.
type topFlow struct {
	changes    [topLooks]int32 // by the look's number modulo topLooks
	rise, fall int64           // the sums of those over and under 0
}

// add notes by how much the number of jobs changed until the look of that number; looks come one after the other.
func (f *topFlow) add(look, change int64) {
	i := look % topLooks
	rise, fall := f.at(i)
	f.rise, f.fall = f.rise-rise, f.fall-fall
	f.changes[i] = int32(max(math.MinInt32+1, min(change, math.MaxInt32)))
	rise, fall = f.at(i)
	f.rise, f.fall = f.rise+rise, f.fall+fall
}

// at returns how many jobs came and went until look i, modulo topLooks.
func (f *topFlow) at(i int64) (rise, fall int64) {
	return int64(max(0, f.changes[i])), int64(max(0, -f.changes[i]))
}

// topSpans is how much time the last looks at a server cover.
type topSpans struct {
	spans [topLooks]time.Duration
	sum   time.Duration
}

func (s *topSpans) add(look int64, d time.Duration) {
	i := look % topLooks
	s.sum += d - s.spans[i]
	s.spans[i] = d
}

// rate returns n per second of the time covered; ok is false while none is.
func (s *topSpans) rate(n int64) (perSecond float64, ok bool) {
	if s.sum <= 0 {
		return 0, false
	}
	return float64(n) / s.sum.Seconds(), true
}
