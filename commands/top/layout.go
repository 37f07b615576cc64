package top

import "unicode/utf8"

// sizedColumn is a column as wide as it is shown.
type sizedColumn struct {
	column column
	width  int
}

// How wide things are at least and at most.
const (
	markWidth          = 1 // in front of each line
	minQueueWidth      = 8 // the queue, at least, where there is hardly any room
	readableQueueWidth = 24
	minTrendWidth      = 10
	maxServerWidth     = 22
)

// layout chooses the columns for a width: the queue, then what matters most. All together, with a mark in front and a
// blank in front of each but the first, are never wider than width, if that is at least minQueueWidth+markWidth.
func (s *state) layout(width int) []sizedColumn {
	var widths [columnCount]int
	room := width - markWidth - minQueueWidth
	take := func(least int, columns ...column) {
		need := 0
		for _, c := range columns {
			need += 1 + s.leastWidth(c)
		}
		if room-need < least {
			return
		}
		room -= need
		for _, c := range columns {
			widths[c] = s.leastWidth(c)
		}
	}
	take(0, colWaiting)
	take(0, colRunning)
	take(0, colWorkers)
	if s.view == viewAll && len(s.servers) > 1 {
		take(0, colServer)
	}
	take(readableQueueWidth-minQueueWidth-8, colIn, colOut)
	take(readableQueueWidth-minQueueWidth-8, colTrend)
	if s.priorities {
		take(readableQueueWidth, colHigh, colNormal, colLow)
	}
	if widths[colTrend] > 0 {
		more := max(0, min(trendCells-widths[colTrend], room-readableQueueWidth))
		widths[colTrend] += more
		room -= more
	}
	widths[colQueue] = max(1, minQueueWidth+room)
	var cols []sizedColumn
	for c, w := range widths {
		if w > 0 {
			cols = append(cols, sizedColumn{column(c), w})
		}
	}
	return cols
}

// leastWidth returns how wide a column is at least.
func (s *state) leastWidth(c column) int {
	switch c {
	case colServer:
		longest := len(c.title())
		for _, server := range s.servers {
			longest = max(longest, utf8.RuneCountInString(server.name))
		}
		return min(longest, maxServerWidth)
	case colTrend:
		return minTrendWidth
	}
	return columnSpecs[c].width
}

// screenParts says which lines of the screen there are, besides the list.
type screenParts struct {
	title, summary, keys bool
	problems             int // how many lines at most
	list                 int // how many lines
}

// parts shares out a height. The list has at least one line where there are two.
func (s *state) parts(height int) screenParts {
	p := screenParts{title: height >= 4, summary: height >= 6, keys: height >= 6 || height >= 2 && s.typing}
	p.list = height - 1 // the headings
	for _, there := range []bool{p.title, p.summary, p.keys} {
		if there {
			p.list--
		}
	}
	if height >= 2 {
		p.problems = min(len(s.problems()), max(1, p.list/3), max(0, p.list-1))
	}
	p.list = max(0, p.list-p.problems)
	return p
}
