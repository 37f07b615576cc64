package top

import (
	"cmp"
	"slices"
	"strings"

	"gearctl/commands/internal/trend"
	"gearctl/output"
)

// serverColumn is a column of the servers page.
type serverColumn struct {
	key, title  string
	width       int  // 0: as wide as what is in it
	right       bool // numbers
	fromLargest bool // sorted so at first
	compare     func(a, b *serverState) int
	text        func(server *serverState, width int) string
}

// sizedServerColumn is one as wide as it is shown.
type sizedServerColumn struct {
	*serverColumn
	shown int
}

// The keys of columns that more than the list of them names.
const (
	serverKey  = "server"
	problemKey = "problem"
)

// How wide columns of the servers page are at least and at most.
const (
	maxLabelWidth   = 16
	minProblemWidth = 24
	readableProblem = 30
)

// makeServerColumns makes the columns of the page, in the order in which they stand.
func (s *state) makeServerColumns() {
	texts := func(key string, of func(*serverState) string) *serverColumn {
		return &serverColumn{
			key: key, title: s.glyphs.escape(strings.ToUpper(key)),
			compare: func(a, b *serverState) int { return strings.Compare(of(a), of(b)) },
			text:    func(server *serverState, _ int) string { return of(server) },
		}
	}
	numbers := func(key string, of func(*serverState) int64) *serverColumn {
		return &serverColumn{
			key: key, title: strings.ToUpper(key), width: columnSpecs[colWaiting].width, right: true, fromLargest: true,
			compare: func(a, b *serverState) int { return cmp.Compare(of(a), of(b)) },
			text: func(server *serverState, _ int) string {
				switch {
				case server.lastAnswer.IsZero():
					return "-"
				case key == colWaiting.key() && s.isOld(server):
					return markOld + formatCount(of(server))
				}
				return formatCount(of(server))
			},
		}
	}
	rates := func(c column, of func(*serverState) int64) *serverColumn {
		spec := columnSpecs[c]
		rate := func(server *serverState) (float64, bool) { return server.spans.Rate(of(server)) }
		return &serverColumn{
			key: spec.key, title: c.title(&s.glyphs), width: spec.width, right: true, fromLargest: true,
			compare: func(a, b *serverState) int {
				x, _ := rate(a)
				y, _ := rate(b)
				return cmp.Compare(x, y)
			},
			text: func(server *serverState, _ int) string {
				if f, ok := rate(server); ok {
					return formatRate(f)
				}
				return "-"
			},
		}
	}
	s.serverColumns = []*serverColumn{texts(serverKey, func(server *serverState) string { return server.name })}
	for _, name := range s.labels {
		s.serverColumns = append(s.serverColumns, texts(labelKey(name), func(server *serverState) string {
			value, _ := server.label(name)
			return value
		}))
	}
	s.serverColumns = append(s.serverColumns,
		texts("version", func(server *serverState) string { return server.version }),
		numbers("queues", func(server *serverState) int64 { return int64(len(server.queues)) }),
		numbers(colWaiting.key(), func(server *serverState) int64 { return server.sum.waiting }),
		numbers(colRunning.key(), func(server *serverState) int64 { return server.sum.running }),
		numbers(colWorkers.key(), func(server *serverState) int64 { return server.sum.workers }),
		rates(colIn, func(server *serverState) int64 { rise, _ := server.arrived.Sums(server.polls); return rise }),
		rates(colOut, func(server *serverState) int64 { rise, _ := server.left.Sums(server.polls); return rise }),
		&serverColumn{
			key: colTrend.key(), title: columnSpecs[colTrend].title, width: minTrendWidth, fromLargest: true,
			compare: func(a, b *serverState) int { return cmp.Compare(a.growth(), b.growth()) },
			text: func(server *serverState, width int) string {
				return sparkline([]*queueState{&server.total}, trend.CellOf(s.now), width, s.glyphs.levels)
			},
		},
		&serverColumn{
			key: problemKey, title: "PROBLEM", fromLargest: true,
			compare: s.compareProblems,
			text:    func(server *serverState, _ int) string { return s.problemOf(server).text },
		},
	)
}

// serverKeys are the keys of the columns that are not labels.
var serverKeys = []string{
	serverKey, "version", "queues", colWaiting.key(), colRunning.key(), colWorkers.key(), colIn.key(), colOut.key(), colTrend.key(), problemKey,
}

// labelKey is the key of the column of a label.
func labelKey(name string) string {
	if slices.Contains(serverKeys, name) {
		return "label_" + name
	}
	return name
}

// growth returns by how many jobs a second the server's queues grow.
func (s *serverState) growth() float64 {
	arrived, _ := s.arrived.Sums(s.polls)
	left, _ := s.left.Sums(s.polls)
	growth, _ := s.spans.Rate(arrived - left)
	return growth
}

// compareProblems orders servers by how bad their problems are, then by how many jobs wait.
func (s *state) compareProblems(a, b *serverState) int {
	x, y := s.problemOf(a).severity, s.problemOf(b).severity
	order := cmp.Compare(x, y)
	switch {
	case order == 0 && x == severityUnserved:
		order = cmp.Compare(a.worst.Waiting(), b.worst.Waiting())
	case order == 0 && x == severityDown:
		order = b.lastAnswer.Compare(a.lastAnswer)
	}
	return cmp.Or(order, cmp.Compare(a.sum.waiting, b.sum.waiting))
}

// serverColumn returns the column of a key, the problem's for one that is none.
func (s *state) serverColumn(key string) *serverColumn {
	i := slices.IndexFunc(s.serverColumns, func(c *serverColumn) bool { return c.key == key })
	if i < 0 {
		i = len(s.serverColumns) - 1
	}
	return s.serverColumns[i]
}

// serverLayout chooses the columns of the page for a width: the server and its problem, then what matters most. All
// together, with a mark in front and a blank in front of each but the first, are never wider than width.
func (s *state) serverLayout(width int) []sizedServerColumn {
	widths := map[string]int{}
	room := width - markWidth
	take := func(least int, keys ...string) { // all of them or none
		need := 0
		for _, key := range keys {
			need += 1 + s.serverColumnWidth(s.serverColumn(key))
		}
		if room-need < least {
			return
		}
		room -= need
		for _, key := range keys {
			widths[key] = s.serverColumnWidth(s.serverColumn(key))
		}
	}
	widths[serverKey] = max(1, min(room, s.serverColumnWidth(s.serverColumn(serverKey)), max(minQueueWidth, width/3)))
	room -= widths[serverKey]
	take(0, colWaiting.key())
	for i, name := range s.labels {
		if i == 0 {
			take(minProblemWidth+1, labelKey(name))
		}
	}
	take(minProblemWidth+1, colRunning.key())
	take(minProblemWidth+1, colWorkers.key())
	take(readableProblem+1, "version")
	take(readableProblem+1, "queues")
	take(readableProblem+1, colIn.key(), colOut.key())
	for _, name := range s.labels[min(1, len(s.labels)):] {
		take(readableProblem+1, labelKey(name))
	}
	take(2*readableProblem, colTrend.key())
	if room > minQueueWidth {
		widths[problemKey] = room - 1
	}
	var cols []sizedServerColumn
	for _, c := range s.serverColumns {
		if widths[c.key] > 0 {
			cols = append(cols, sizedServerColumn{c, widths[c.key]})
		}
	}
	return cols
}

// serverColumnWidth returns how wide a column needs to be.
func (s *state) serverColumnWidth(c *serverColumn) int {
	if c.width > 0 {
		return c.width
	}
	most := maxLabelWidth
	if c.key == serverKey {
		most = maxServerWidth
	}
	width := output.Width(c.title)
	for _, server := range s.servers {
		width = max(width, output.Width(s.glyphs.escape(c.text(server, 0))))
	}
	return min(width, most)
}

// serverHeadings returns the heading line; the column that is sorted by has an arrow in front.
func (s *state) serverHeadings(cols []sizedServerColumn) string {
	var b strings.Builder
	for i, c := range cols {
		mark := " "
		if c.key == s.fleet.sort {
			mark = s.glyphs.order(s.fleet.descending)
		}
		title := output.Fit(c.title, c.shown, false)
		if c.right && i > 0 {
			b.WriteString(strings.Repeat(" ", max(0, c.shown-output.Width(c.title))))
			title = c.title
		}
		b.WriteString(mark + title)
	}
	return b.String()
}

// serverLines returns n lines of the page, with the one of the cursor.
func (s *state) serverLines(cols []sizedServerColumn, width, n int, p *output.Palette) []string {
	var lines []string
	top := s.fleet.scrolled(n)
	for i := top; i < min(top+n, len(s.fleet.rows)); i++ {
		lines = append(lines, s.serverLine(i, cols, width, p))
	}
	if len(s.fleet.rows) == 0 && n > 0 {
		nothing := " no server matches; Esc ends the filter"
		if s.fleet.troubled && s.fleet.filter == "" {
			nothing = " no server has problems; e shows all"
		}
		lines = append(lines, output.Fit(nothing, width, false))
	}
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines
}

// serverLine returns row i, width columns wide.
func (s *state) serverLine(i int, cols []sizedServerColumn, width int, p *output.Palette) string {
	server := s.fleet.rows[i]
	mark, chosen := " ", output.Plain
	if i == s.fleet.cursor {
		mark, chosen = ">", output.Changed
	}
	var b strings.Builder
	used := 0
	for j, c := range cols {
		gap := " "
		if j == 0 {
			gap = mark
		}
		text := s.glyphs.escape(c.text(server, c.shown))
		cell := output.Fit(gap+text, min(c.shown+1, width-used), false)
		if c.right && j > 0 {
			cell = output.Fit(text, min(c.shown+1, width-used), true)
		}
		used += c.shown + 1
		b.WriteString(p.Paint(s.serverStyle(server, c.key)|chosen, cell))
	}
	b.WriteString(p.Paint(chosen, strings.Repeat(" ", max(0, width-used))))
	return b.String()
}

// serverStyle returns how a cell of a server is painted.
func (s *state) serverStyle(server *serverState, key string) output.Style {
	severity := s.problemOf(server).severity
	switch {
	case severity >= severityLate && key == problemKey:
		return output.Bad
	case severity >= severityLate || server.lastAnswer.IsZero():
		return output.Faint
	case severity >= severityUnserved && (key == serverKey || key == problemKey):
		return output.Bad
	case severity > 0 && (key == serverKey || key == problemKey),
		key == colWaiting.key() && server.sum.waiting > 0:
		return output.Warn
	case key == colRunning.key() && server.sum.running > 0:
		return output.Good
	}
	return output.Plain
}
