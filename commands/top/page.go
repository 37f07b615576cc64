package top

import (
	"fmt"
	"strings"

	"gearctl/output"
)

// helpPage is a page of text that is shown instead of the list.
type helpPage uint8

const (
	pageNone helpPage = iota
	pageKeys
	pageLegend
)

// entry is a line of a page: something and what it is or does. Without the first it is a paragraph.
type entry struct {
	style      output.Style
	what, text string
}

// openPage shows a page from its first line on.
func (s *state) openPage(p helpPage) { s.page, s.pageTop = p, 0 }

// pageKey handles a key while a page is shown: those that move scroll it, any other goes back.
func (s *state) pageKey(name string) {
	screen := max(1, s.height-2)
	most := max(0, len(s.pageLines(s.width, nil))-max(1, s.height-1))
	switch {
	case name == "h" && s.page != pageKeys:
		s.openPage(pageKeys)
		return
	case name == "?" && s.page != pageLegend:
		s.openPage(pageLegend)
		return
	}
	switch name {
	case "up", "k":
		s.pageTop--
	case "down", "j":
		s.pageTop++
	case "pgup", "ctrl+b":
		s.pageTop -= screen
	case "pgdown", "ctrl+f", "space":
		s.pageTop += screen
	case "home", "g":
		s.pageTop = 0
	case "end", "G":
		s.pageTop = most
	default:
		s.page = pageNone
	}
	s.pageTop = max(0, min(s.pageTop, most))
}

// renderPage renders as much of the page as fits, and which keys lead on.
func (s *state) renderPage(width, height int, p *output.Palette) string {
	lines := s.pageLines(width, p)
	room := max(1, height-1)
	top := max(0, min(s.pageTop, len(lines)-room))
	below := len(lines) - top - room
	lines = lines[top:min(top+room, len(lines))]
	footer := "h keys  ? legend  any other key goes back"
	if top > 0 || below > 0 {
		footer = fmt.Sprintf("j k scroll, %d below  h keys  ? legend", max(0, below))
	}
	if height > 1 {
		lines = append(lines, p.Paint(output.Faint, strings.TrimRight(output.Fit(footer, width, false), " ")))
	}
	return strings.Join(lines, "\n")
}

// pageLines returns the lines of the page.
func (s *state) pageLines(width int, p *output.Palette) []string {
	entries, column := keyEntries(), 20
	if s.page == pageLegend {
		entries, column = s.legendEntries(), 16
	}
	var lines []string
	for _, e := range entries {
		indent := column
		if e.what == "" || width < 3*column {
			indent = max(0, min(2, width-1))
		}
		text := wrap(e.text, max(1, width-indent))
		what := output.Fit(e.what, min(width, indent), false)
		switch {
		case e.what == "":
			lines = append(lines, wrap(e.text, width)...)
			continue
		case output.Width(e.what) >= indent || indent < column:
			lines = append(lines, p.Paint(e.style, output.Fit(e.what, min(width, output.Width(e.what)), false)))
			what = strings.Repeat(" ", indent)
		}
		for i, line := range text {
			if i > 0 {
				what = strings.Repeat(" ", indent)
			}
			lines = append(lines, p.Paint(e.style, what)+line)
		}
	}
	return lines
}
