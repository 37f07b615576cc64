package trend

import (
	"math"
	"time"
)

// Window is the number of polls over which rates are computed.
const Window = 10

// Flow counts the jobs by which a queue grew and shrank in the last Window polls. Polls in which it did neither need not be
// added: a hundred thousand queues, most of which stand still, then cost nothing.
type Flow struct {
	Rise, Fall int64         // the sums of the changes over and under 0, up to the last poll that was added
	changes    [Window]int32 // by the poll's number modulo Window
	next       int64         // after the last poll that was added
}

// Add records by how much the number of jobs changed until that poll, whose number is not below that of the last one.
func (f *Flow) Add(poll, change int64) {
	f.Rise, f.Fall = f.Sums(poll + 1)
	for i := max(f.next, poll-Window+1); i <= poll; i++ {
		f.changes[i%Window] = 0
	}
	f.next = poll + 1
	rise, fall := f.at(poll)
	f.Rise, f.Fall = f.Rise-rise, f.Fall-fall
	f.changes[poll%Window] = int32(max(math.MinInt32+1, min(int64(f.changes[poll%Window])+change, math.MaxInt32)))
	rise, fall = f.at(poll)
	f.Rise, f.Fall = f.Rise+rise, f.Fall+fall
}

// Sums returns how many jobs came and went in the last Window polls before poll next, which was not added yet.
func (f *Flow) Sums(next int64) (rise, fall int64) {
	if next >= f.next+Window {
		return 0, 0
	}
	rise, fall = f.Rise, f.Fall
	for i := f.next; i < next; i++ {
		r, l := f.at(i) // the place of poll i still holds one that is too old
		rise, fall = rise-r, fall-l
	}
	return rise, fall
}

// Last returns how many jobs came and went until the poll before poll next.
func (f *Flow) Last(next int64) (rise, fall int64) {
	if f.next != next || next == 0 {
		return 0, 0
	}
	return f.at(next - 1)
}

// at returns how many jobs came and went until a poll.
func (f *Flow) at(poll int64) (rise, fall int64) {
	change := int64(f.changes[poll%Window])
	return max(0, change), max(0, -change)
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
