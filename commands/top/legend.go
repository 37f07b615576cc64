package top

import (
	"strings"

	"gearctl/output"
)

// legend is the line that explains the marks, the most useful first, and the colours where there are any.
func (s *state) legend(width int, p *output.Palette) string {
	type legendItem struct {
		style        output.Style
		mark, colour string
	}
	items := []legendItem{
		{output.Bad, markStuck + "0 no workers", "red " + markStuck + "0 no workers"},
		{output.Plain, s.glyphs.up + s.glyphs.down + " growing, shrinking", ""},
		{output.Faint, markOld + " last known", ""},
		{output.Warn, "", "yellow waiting"},
		{output.Good, "", "green running"},
	}
	if s.fleet.shown {
		items = []legendItem{
			{output.Bad, "", "red no answer, no worker"},
			{output.Faint, markOld + " last known", ""},
			{output.Plain, "- not known", ""},
			{output.Warn, "", "yellow waiting"},
			{output.Good, "", "green running"},
		}
	}
	var b strings.Builder
	used := 0
	for _, item := range items {
		text := item.mark
		if p.Enabled() && item.colour != "" {
			text = item.colour
		}
		gap := min(2, used)
		n := output.Width(text)
		if text == "" || used+gap+n > width {
			continue
		}
		b.WriteString(strings.Repeat(" ", gap) + p.Paint(item.style, text))
		used += gap + n
	}
	return b.String() + strings.Repeat(" ", width-used)
}
