package top

import (
	"math"
	"time"
)

// A trend holds so many cells of so much time each: the last five minutes.
const (
	topTrendCells = 30
	topTrendCell  = 10 * time.Second
)

// topTrend is how many jobs waited in each of the last cells, the most of each; unknown where nobody looked.
type topTrend struct {
	cells  [topTrendCells]int32 // by the cell's number modulo topTrendCells
	newest int64                // the number of the newest; 0 while there is none
}

const topUnknown = -1

// topCell returns the number of the cell that t lies in.
func topCell(t time.Time) int64 { return t.UnixNano() / int64(topTrendCell) }

// add notes that n jobs waited in a cell. When the looks went on without a gap the cells since the one before have
// the number of that.
func (t *topTrend) add(cell, n int64, goesOn bool) {
	between := int32(topUnknown)
	if goesOn && t.newest > 0 {
		between = t.at(t.newest)
	}
	for c := max(t.newest+1, cell-topTrendCells+1); c <= cell; c++ {
		t.cells[c%topTrendCells] = between
	}
	if cell > t.newest {
		t.newest = cell
		t.cells[cell%topTrendCells] = topUnknown
	}
	i := cell % topTrendCells
	t.cells[i] = max(t.cells[i], int32(min(n, math.MaxInt32)))
}

// at returns what is known of a cell, or topUnknown.
func (t *topTrend) at(cell int64) int32 {
	if cell > t.newest || cell <= t.newest-topTrendCells || cell < 0 {
		return topUnknown
	}
	return t.cells[cell%topTrendCells]
}

// The characters of a trend, the first for no jobs.
const (
	topBlocks = "▁▂▃▄▅▆▇█"
	topASCII  = "_.:-=+*#"
)

// topSparkline draws the trends of queues together, n cells up to newest, by the characters of levels.
func topSparkline(queues []*topQueue, newest int64, n int, levels []rune) string {
	cells := make([]int64, n)
	most := int64(1)
	for i := range cells {
		cells[i] = topUnknown
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
