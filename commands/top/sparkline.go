package top

import "gearctl/commands/internal/trend"

// trendCells is how many cells a trend holds: the last five minutes.
const trendCells = 30

// heardCells is in which of the last cells what a server answered holds.
type heardCells struct {
	cells  [trendCells]bool // by the cell's number modulo trendCells
	newest int64            // the number of the newest; 0 while there is none
}

// add notes an answer in a cell, and reports whether the one before was in it, too. When the polls were continuous the
// cells in between are as good as heard.
func (h *heardCells) add(cell int64, continuous bool) (again bool) {
	again = cell == h.newest
	for c := max(h.newest+1, cell-trendCells+1); c < cell; c++ {
		h.cells[c%trendCells] = continuous && h.newest > 0
	}
	h.newest = max(h.newest, cell)
	h.cells[cell%trendCells] = true
	return again
}

// in reports whether something is known of a cell.
func (h *heardCells) in(cell int64) bool {
	return cell <= h.newest && cell > h.newest-trendCells && cell >= 0 && h.cells[cell%trendCells]
}

// sparkline draws the trends of queues together, n cells up to newest, by the characters of levels.
func sparkline(queues []*queueState, newest int64, n int, levels []rune) string {
	cells := make([]int64, n)
	most := int64(1)
	for i := range cells {
		cells[i] = trend.Unknown
		for _, q := range queues {
			if v := q.waitingIn(newest - int64(n-1-i)); v >= 0 {
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
