package top

import (
	"math"
	"time"
)

// A trend holds so many cells of so much time each: the last five minutes.
const (
	trendCells        = 30
	trendCellDuration = 10 * time.Second
)

// trend is how many jobs waited in each of the last cells, the most of each; unknown where no poll succeeded.
type trend struct {
	cells  [trendCells]int32 // by the cell's number modulo trendCells
	newest int64             // the number of the newest; 0 while there is none
}

const unknown = -1

// trendCellOf returns the number of the cell that t lies in.
func trendCellOf(t time.Time) int64 { return t.UnixNano() / int64(trendCellDuration) }

// add notes that n jobs waited in a cell. When the polls were continuous the cells since the one before have
// the number of that.
func (t *trend) add(cell, n int64, continuous bool) {
	between := int32(unknown)
	if continuous && t.newest > 0 {
		between = t.at(t.newest)
	}
	for c := max(t.newest+1, cell-trendCells+1); c <= cell; c++ {
		t.cells[c%trendCells] = between
	}
	if cell > t.newest {
		t.newest = cell
		t.cells[cell%trendCells] = unknown
	}
	i := cell % trendCells
	t.cells[i] = max(t.cells[i], int32(min(n, math.MaxInt32)))
}

// at returns what is known of a cell, or unknown.
func (t *trend) at(cell int64) int32 {
	if cell > t.newest || cell <= t.newest-trendCells || cell < 0 {
		return unknown
	}
	return t.cells[cell%trendCells]
}

// sparkline draws the trends of queues together, n cells up to newest, by the characters of levels.
func sparkline(queues []*queueState, newest int64, n int, levels []rune) string {
	cells := make([]int64, n)
	most := int64(1)
	for i := range cells {
		cells[i] = unknown
		for _, q := range queues {
			if v := q.trend.at(newest - int64(n-1-i)); v >= 0 {
				cells[i] = max(0, cells[i]) + int64(v)
			}
		}
		most = max(most, cells[i])
	}
	line := make([]rune, n)
	for i, v := range cells {
		line[i] = ' '
		if v >= 0 {
			line[i] = levels[(v*int64(len(levels)-1)+most-1)/most]
		}
	}
	return string(line)
}
