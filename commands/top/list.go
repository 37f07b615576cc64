package top

import (
	"strings"

	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/trend"
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
		text := output.Fit(mark+"    "+s.glyphs.escape(line.under), width, false)
		return p.Paint(output.Faint|chosen, text)
	}
	var b strings.Builder
	used := 0
	for j, c := range cols {
		gap := " "
		if j == 0 {
			gap = mark
		}
		cell := output.Fit(s.cellText(gap, line.row, c), min(c.width+1, width-used), false)
		used += c.width + 1
		b.WriteString(p.Paint(c.column.style(line.row)|chosen, cell))
	}
	b.WriteString(p.Paint(chosen, strings.Repeat(" ", max(0, width-used))))
	return b.String()
}

// cellText returns a cell with the gap in front of it, which a mark may take.
func (s *state) cellText(gap string, r *row, c sizedColumn) string {
	switch c.column {
	case colServer:
		return gap + s.glyphs.escape(r.server)
	case colQueue:
		return gap + s.glyphs.escape(r.queue)
	case colTrend:
		return gap + sparkline(r.queues, trend.CellOf(s.now), c.width, s.glyphs.levels)
	}
	return output.Fit(s.mark(r, c.column)+c.column.cell(r), c.width+1, true)
}

// mark returns what is in front of a number that needs a remark, also where there are no colours.
func (s *state) mark(r *row, c column) string {
	switch {
	case c == colWaiting && r.old:
		return markOld
	case c == colWorkers && r.stuck() && !r.old:
		return markStuck
	case c == colWaiting && r.hasRates && judge.Growing(r.in, r.out):
		return s.glyphs.up
	case c == colWaiting && r.hasRates && judge.Growing(r.out, r.in):
		return s.glyphs.down
	}
	return ""
}

// The marks in front of numbers that are the same in every locale.
const (
	markOld   = "?" // the last known number
	markStuck = "!" // no workers, and jobs wait for them
)
