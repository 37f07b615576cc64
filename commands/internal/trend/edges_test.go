package trend

import (
	"math"
	"testing"
	"time"
)

// TestTwoChangesInAPollAreOne: jobs that came and went between the same two polls count as their difference.
func TestTwoChangesInAPollAreOne(t *testing.T) {
	t.Parallel()
	var f Flow
	for _, step := range []struct{ poll, change, rise, fall int64 }{
		{10, 5, 5, 0}, {10, -2, 3, 0}, {10, -7, 0, 4}, {11, 6, 6, 4}, {11, 1, 7, 4},
	} {
		f.Add(step.poll, step.change)
		if rise, fall := f.Sums(step.poll + 1); rise != step.rise || fall != step.fall || f.Rise != rise || f.Fall != fall {
			t.Errorf("after %+v: %d came, %d went (kept: %d, %d)", step, rise, fall, f.Rise, f.Fall)
		}
	}
	for next, want := range map[int64][2]int64{12: {7, 4}, 20: {7, 4}, 21: {7, 0}, 22: {0, 0}, 1000: {0, 0}} { // poll 10 is out of the window, then 11
		if rise, fall := f.Sums(next); rise != want[0] || fall != want[1] {
			t.Errorf("before poll %d: %d came, %d went, want %v", next, rise, fall, want)
		}
	}
	for next, want := range map[int64]int64{12: 7, 11: 0, 13: 0} {
		if rise, fall := f.Last(next); rise != want || fall != 0 {
			t.Errorf("the last before poll %d: %d came, %d went", next, rise, fall)
		}
	}
	if rise, fall := new(Flow).Last(0); rise != 0 || fall != 0 {
		t.Errorf("before the first poll: %d, %d", rise, fall)
	}
}

// TestAChangeThatDoesNotFitIsClipped, up and down.
func TestAChangeThatDoesNotFitIsClipped(t *testing.T) {
	t.Parallel()
	for change, want := range map[int64][2]int64{
		math.MaxInt32:     {math.MaxInt32, 0},
		math.MaxInt32 + 9: {math.MaxInt32, 0},
		-math.MaxInt32:    {0, math.MaxInt32},
		-math.MaxUint32:   {0, math.MaxInt32},
	} {
		var f Flow
		f.Add(10, change)
		if rise, fall := f.Sums(11); rise != want[0] || fall != want[1] {
			t.Errorf("%d: %d came, %d went", change, rise, fall)
		}
	}
}

// TestARateIsPerSecondOfTheTimeCovered, which is that of the last ten polls.
func TestARateIsPerSecondOfTheTimeCovered(t *testing.T) {
	t.Parallel()
	var s Spans
	if _, ok := s.Rate(7); ok {
		t.Error("a rate before any time has passed")
	}
	s.Add(1, 2*time.Second)
	if rate, ok := s.Rate(7); !ok || rate != 3.5 {
		t.Errorf("7 in 2 s: %v, %v", rate, ok)
	}
	for poll := int64(2); poll <= 11; poll++ {
		s.Add(poll, time.Second)
	}
	if rate, ok := s.Rate(5); !ok || rate != 0.5 {
		t.Errorf("5 in the last ten polls of a second: %v, %v", rate, ok)
	}
	if got := [2]time.Duration{s.At(1), s.At(9)}; got != [2]time.Duration{time.Second, time.Second} {
		t.Errorf("the time of polls 11 and 9: %v", got)
	}
	s = Spans{}
	s.Add(1, -time.Second)
	if _, ok := s.Rate(1); ok {
		t.Error("a rate of a clock that was set back")
	}
}

// cells returns what a series has of cells from to to.
func cells(s *Series, from, to int64) (list []int32) {
	for c := from; c <= to; c++ {
		list = append(list, s.At(c))
	}
	return list
}

// TestWhatASeriesKnowsBetweenChanges.
func TestWhatASeriesKnowsBetweenChanges(t *testing.T) {
	t.Parallel()
	type change struct {
		cell, before, n int64
		polled          bool
	}
	for name, tt := range map[string]struct {
		changes []change
		want    [6]int32 // of cells 99 to 104
	}{
		"the first":                 {[]change{{100, 3, 5, false}}, [6]int32{3, 5, -1, -1, -1, -1}},
		"less, seen in the cell":    {[]change{{100, 9, 4, true}}, [6]int32{9, 9, -1, -1, -1, -1}},
		"less, not seen in it":      {[]change{{100, 9, 4, false}}, [6]int32{9, 4, -1, -1, -1, -1}},
		"as before in between":      {[]change{{100, 0, 4, false}, {103, 4, 7, false}}, [6]int32{0, 4, 4, 4, 7, -1}},
		"the most of a cell":        {[]change{{100, 0, 4, false}, {100, 4, 7, false}, {100, 7, 2, false}}, [6]int32{0, 7, -1, -1, -1, -1}},
		"a later one polled":        {[]change{{100, 0, 4, false}, {101, 4, 1, true}, {102, 1, 0, true}}, [6]int32{0, 4, 4, 1, -1, -1}},
		"an older cell, after that": {[]change{{102, 1, 2, false}, {101, 8, 5, true}}, [6]int32{1, 1, 5, 2, -1, -1}},
	} {
		s := NewSeries(8)
		for _, c := range tt.changes {
			s.Change(c.cell, c.before, c.n, c.polled)
		}
		if got := [6]int32(cells(&s, 99, 104)); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
		if last := tt.changes[0].cell; s.Newest() < last {
			t.Errorf("%s: the newest is %d", name, s.Newest())
		}
	}
}

// TestASeriesForgets what is older than its cells, and knows nothing before it.
func TestASeriesForgets(t *testing.T) {
	t.Parallel()
	s := NewSeries(4)
	if got := cells(&s, -5, 2); got[4] != Unknown || got[6] != Unknown {
		t.Errorf("an empty series: %v", got)
	}
	s = NewSeries(4)
	s.Add(1, 1<<40, true)
	if got := cells(&s, -2, 2); got[0] != Unknown || got[1] != Unknown || got[3] != math.MaxInt32 || got[4] != Unknown {
		t.Errorf("one cell: %v", got)
	}
	for cell := int64(2); cell <= 6; cell++ {
		s.Add(cell, cell, true)
	}
	if got := [6]int32(cells(&s, 2, 7)); got != [6]int32{-1, 3, 4, 5, 6, -1} || s.Newest() != 6 {
		t.Errorf("cells 2 to 7: %v, the newest %d", got, s.Newest())
	}
	s.Change(20, 9, 1, false)
	if got := [6]int32(cells(&s, 16, 21)); got != [6]int32{-1, 9, 9, 9, 1, -1} {
		t.Errorf("cells 16 to 21 after a change: %v", got)
	}
	s.Add(23, 5, false)
	if got := [4]int32(cells(&s, 20, 23)); got != [4]int32{1, -1, -1, 5} {
		t.Errorf("after an interruption: %v", got)
	}
	at := time.Unix(1000, 0)
	if a, b, c := CellOf(at), CellOf(at.Add(10*time.Second-1)), CellOf(at.Add(10*time.Second)); a != 100 || b != a || c != a+1 {
		t.Errorf("cells of ten seconds: %d, %d, %d", a, b, c)
	}
}
