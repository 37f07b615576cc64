package trend

import "testing"

// A series keeps the most of each cell, and forgets what is too long ago.
func TestSeriesKeepsTheMaximumOfACell(t *testing.T) {
	t.Parallel()
	s := NewSeries(30)
	for _, n := range []int64{3, 9, 4} {
		s.Add(1000, n, true)
	}
	s.Add(1003, 2, true) // the interval is longer than a cell
	s.Add(1005, 2, false)
	for cell, want := range map[int64]int32{999: Unknown, 1000: 9, 1001: 9, 1002: 9, 1003: 2, 1004: Unknown, 1005: 2, 1006: Unknown} {
		if got := s.At(cell); got != want {
			t.Errorf("cell %d: got %d, want %d", cell, got, want)
		}
	}
	s.Add(1_000_000, 1, false)
	if got := s.At(1_000_000 - 30 + 1); got != Unknown {
		t.Errorf("a cell of long ago: got %d", got)
	}
}
