package top

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// detail returns what the chosen row has no room for, in lines: its whole name, its server, why its numbers are old.
func (s *state) detail(width int) []string {
	if s.fleet.shown {
		return s.serverDetail(width)
	}
	if len(s.rows) == 0 {
		return nil
	}
	at, _ := s.rowAt(s.cursor)
	row := s.row(at)
	if !row.old && s.shownWhole(row, width) {
		return nil
	}
	text := s.glyphs.escape(row.queue)
	if row.server != "" {
		text += " on " + s.glyphs.escape(row.server)
	}
	for _, q := range row.queues {
		switch {
		case !row.old || !s.isOld(q.server):
		case row.server == "":
			text += fmt.Sprintf("; on %s %s", s.glyphs.escape(q.server.name), s.glyphs.escape(s.whyOld(q.server)))
		default:
			text += ": " + s.glyphs.escape(s.whyOld(q.server))
		}
	}
	return wrap(text, width)
}

// shownWhole reports whether the row itself names its queue and server.
func (s *state) shownWhole(r *row, width int) bool {
	cols := s.layout(width)
	fits := func(c column, name string) bool {
		i := slices.IndexFunc(cols, func(shown sizedColumn) bool { return shown.column == c })
		return i >= 0 && output.Width(s.glyphs.escape(name)) <= cols[i].width
	}
	return fits(colQueue, r.queue) && (fits(colServer, r.server) || s.view != viewAll || len(s.servers) < 2)
}

// isOld reports whether what is known of a server's queues is older than it should be.
func (s *state) isOld(server *serverState) bool { return server.err != nil || s.late(server) }

// whyOld returns how old that is, and why.
func (s *state) whyOld(server *serverState) string {
	why := "no answer yet"
	if server.err != nil {
		why = cause(server.err).Error()
	}
	return fmt.Sprintf("figures %s old, %s", cmderr.ShortDuration(s.now.Sub(server.lastAnswer).Round(time.Second)), why)
}

// wrap breaks escaped text into lines of at most width columns, at blanks where there are any.
func wrap(text string, width int) []string {
	const longest = 8 << 10 // more than any screen holds
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	var lines []string
	for text != "" {
		n := fitting(text, width)
		if n < len(text) {
			if blank := strings.LastIndexByte(text[:n+1], ' '); blank > 0 {
				n = blank
			}
		}
		lines = append(lines, text[:n])
		text = strings.TrimPrefix(text[n:], " ")
	}
	return lines
}

// fitting returns how many bytes of text fit into width columns, at least one character.
func fitting(text string, width int) int {
	used := 0
	for i, r := range text {
		if used += output.Width(string(r)); used > width && i > 0 {
			return i
		}
	}
	return len(text)
}

// shorten leaves at most n of the lines that wrap returned; the last one shows that there were more.
func shorten(lines []string, width, n int) []string {
	if len(lines) <= n || n == 0 {
		return lines[:min(len(lines), n)]
	}
	return append(lines[:n-1:n-1], output.Fit(lines[n-1]+" "+lines[n], width, false))
}
