package top

import (
	"strings"

	"gearctl/output"
)

// list returns n lines of the list, with the one of the cursor.
func (s *state) list(cols []sizedColumn, width, n int, p *output.Palette) []string {
	var lines []string
	top := s.scrolled(n)
	for i := top; i < min(top+n, s.lines()); i++ {
		lines = append(lines, s.listLine(i, cols, width, p))
	}
	if len(s.rows) == 0 && n > 0 {
		lines = append(lines, output.Fit(s.nothing(), width, false))
	}
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines
}

// nothing returns why the list is empty.
func (s *state) nothing() string {
	_, up, _ := s.inView()
	switch {
	case up == 0, len(s.problems()) > 0 && s.known == 0:
		return ""
	case s.known > 0 && s.filter != "":
		return " no queue matches; Esc ends the filter"
	case s.known > 0 && !s.match.All():
		return " no such queue"
	case s.known > 0:
		return " every queue is empty; e shows them"
	}
	return " no queues"
}

// listLine returns line i, width columns wide.
func (s *state) listLine(i int, cols []sizedColumn, width int, p *output.Palette) string {
	line := s.line(i)
	mark, chosen := " ", output.Plain
	if i == s.cursor {
		mark, chosen = ">", output.Changed
	}
	if line.row == nil {
		text := output.Fit(mark+"    "+output.Escape(line.under), width, false)
		return p.Paint(output.Faint|chosen, text)
	}
	var b strings.Builder
	used := 0
	for j, c := range cols {
		gap := " "
		if j == 0 {
			gap = mark
		}
		cell := output.Fit(gap+s.cellText(line.row, c), c.width+1, false)
		cell = output.Fit(cell, min(c.width+1, width-used), false)
		used += c.width + 1
		b.WriteString(p.Paint(c.column.style(line.row)|chosen, cell))
	}
	b.WriteString(p.Paint(chosen, strings.Repeat(" ", max(0, width-used))))
	return b.String()
}

// cellText returns a cell of its column's width, or less.
func (s *state) cellText(r *row, c sizedColumn) string {
	switch c.column {
	case colServer:
		return output.Escape(r.server)
	case colQueue:
		return output.Escape(r.queue)
	case colTrend:
		return sparkline(r.queues, trendCellOf(s.now), c.width, s.levels)
	}
	return output.Fit(c.column.cell(r), c.width, true)
}
