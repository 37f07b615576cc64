package trend

import (
	"math"
	"time"
)

// CellDuration is how much time a cell of a Series covers.
const CellDuration = 10 * time.Second

// Unknown is what a Series has for a cell in which no poll succeeded.
const Unknown = -1

// Series is how many jobs waited in each of the last cells, the most of each. It takes four bytes a cell.
type Series struct {
	cells  []int32 // by the cell's number modulo their number
	newest int64   // the number of the newest; 0 while there is none
}

// NewSeries returns an empty series of n cells.
func NewSeries(n int) Series { return Series{cells: make([]int32, n)} }

// CellOf returns the number of the cell that t lies in.
func CellOf(t time.Time) int64 { return t.UnixNano() / int64(CellDuration) }

// Add notes that n jobs waited in a cell. When the polls were continuous the cells since the one before have the number of
// that.
func (s *Series) Add(cell, n int64, continuous bool) {
	between := int32(Unknown)
	if continuous && s.newest > 0 {
		between = s.At(s.newest)
	}
	size := int64(len(s.cells))
	for c := max(s.newest+1, cell-size+1); c <= cell; c++ {
		s.cells[c%size] = between
	}
	if cell > s.newest {
		s.newest = cell
		s.cells[cell%size] = Unknown
	}
	i := cell % size
	s.cells[i] = max(s.cells[i], clip(n))
}

// Change is instead of Add for a caller who knows of the polls between changes: n jobs wait in a cell, and as many as before
// have waited since the last change. polled means that these were seen in the same cell.
func (s *Series) Change(cell, before, n int64, polled bool) {
	size := int64(len(s.cells))
	for c := max(s.newest+1, cell-size+1); c < cell; c++ {
		s.cells[c%size] = clip(before)
	}
	if cell > s.newest {
		s.newest = cell
		s.cells[cell%size] = Unknown
		if polled {
			s.cells[cell%size] = clip(before)
		}
	}
	s.cells[cell%size] = max(s.cells[cell%size], clip(n))
}

func clip(n int64) int32 { return int32(min(n, math.MaxInt32)) }

// At returns what is known of a cell, or Unknown.
func (s *Series) At(cell int64) int32 {
	size := int64(len(s.cells))
	if cell > s.newest || cell <= s.newest-size || cell < 0 {
		return Unknown
	}
	return s.cells[cell%size]
}

// Newest returns the number of the newest cell, 0 while there is none.
func (s *Series) Newest() int64 { return s.newest }
