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
	maxQueueWidth      = 48 // beyond it a name is cut, and whole under the list when its row is chosen
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
	names := max(s.nameWidth, readableQueueWidth) // the most that they need
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
		more := max(0, min(trendCells-widths[colTrend], minQueueWidth+room-names))
		widths[colTrend] += more
		room -= more
	}
	widths[colQueue] = max(1, min(minQueueWidth+room, names))
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
		longest := len(columnSpecs[c].title)
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
	title, summary, legend, keys bool
	problems, detail, prompt     int // how many lines at most
	list                         int // how many lines
}

// parts shares out a height. The list has at least one line where there are two.
func (s *state) parts(height int) screenParts {
	p := screenParts{title: height >= 4, summary: height >= 6, keys: height >= 6 || height >= 2 && s.typing, legend: height >= 12}
	p.list = height - 1 // the headings
	if s.prompt != nil {
		p.keys, p.legend = false, false
		p.prompt = min(len(s.prompt.lines(s.width, &s.glyphs)), height-1)
		p.list -= p.prompt
		p.title, p.summary = p.title && p.list >= 3, p.summary && p.list >= 4
	}
	for _, there := range []bool{p.title, p.summary, p.legend, p.keys} {
		if there {
			p.list--
		}
	}
	if height >= 2 {
		p.problems = min(len(s.problems()), max(1, p.list/3), max(0, p.list-1))
	}
	p.list = max(0, p.list-p.problems)
	if height >= 6 && s.prompt == nil {
		p.detail = min(len(s.detail(s.width)), max(0, p.list-2))
		p.list -= p.detail
	}
	return p
}
