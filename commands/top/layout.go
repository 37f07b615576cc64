package top

import "unicode/utf8"

// topCol is a column as wide as it is shown.
type topCol struct {
	column topColumn
	width  int
}

// How wide things are at least and at most.
const (
	topMark       = 1 // in front of each line
	topNarrow     = 8 // the queue, at least, where there is hardly any room
	topReadable   = 24
	topTrendLeast = 10
	topServerMost = 22
)

// layout chooses the columns for a width: the queue, then what matters most. All together, with a mark in front and a
// blank in front of each but the first, are never wider than width, if that is at least topNarrow+topMark.
func (s *topState) layout(width int) []topCol {
	var widths [topColumns]int
	room := width - topMark - topNarrow
	take := func(least int, columns ...topColumn) {
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
	take(0, topWaiting)
	take(0, topRunning)
	take(0, topWorkers)
	if s.view == topAll && len(s.servers) > 1 {
		take(0, topServerName)
	}
	take(topReadable-topNarrow-8, topIn, topOut)
	take(topReadable-topNarrow-8, topTrendLine)
	if s.priorities {
		take(topReadable, topHigh, topNormal, topLow)
	}
	if widths[topTrendLine] > 0 {
		more := max(0, min(topTrendCells-widths[topTrendLine], room-topReadable))
		widths[topTrendLine] += more
		room -= more
	}
	widths[topQueueName] = max(1, topNarrow+room)
	var cols []topCol
	for c, w := range widths {
		if w > 0 {
			cols = append(cols, topCol{topColumn(c), w})
		}
	}
	return cols
}

// leastWidth returns how wide a column is at least.
func (s *topState) leastWidth(c topColumn) int {
	switch c {
	case topServerName:
		longest := len(c.title())
		for _, server := range s.servers {
			longest = max(longest, utf8.RuneCountInString(server.name))
		}
		return min(longest, topServerMost)
	case topTrendLine:
		return topTrendLeast
	}
	return topHeadings[c].width
}

// topParts says which lines of the screen there are, besides the list.
type topParts struct {
	title, summary, keys bool
	problems             int // how many lines at most
	list                 int // how many lines
}

// parts shares out a height. The list has at least one line where there are two.
func (s *topState) parts(height int) topParts {
	p := topParts{title: height >= 4, summary: height >= 6, keys: height >= 6 || height >= 2 && s.typing}
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
