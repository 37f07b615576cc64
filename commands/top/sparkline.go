package top

import "gearctl/commands/internal/trend"

// trendCells is how many cells a trend holds: the last five minutes.
const trendCells = 30

// sparkline draws the trends of queues together, n cells up to newest, by the characters of levels.
func sparkline(queues []*queueState, newest int64, n int, levels []rune) string {
	cells := make([]int64, n)
	most := int64(1)
	for i := range cells {
		cells[i] = trend.Unknown
		for _, q := range queues {
			if v := q.trend.At(newest - int64(n-1-i)); v >= 0 {
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
