package top

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// frame returns the screen: as many lines as the terminal is high, none wider than it is.
func (s *state) frame(width, height int, p *output.Palette) string {
	if width < 1 || height < 1 {
		return ""
	}
	if s.page != pageNone {
		return s.glyphs.finished(s.renderPage(width, height, p))
	}
	parts := s.parts(height)
	var lines []string
	if parts.title {
		lines = append(lines, p.Paint(output.Bold, output.Fit(s.title(), width, false)))
	}
	if parts.summary {
		lines = append(lines, output.Fit(s.summary(), width, false))
	}
	lines = append(lines, s.shownProblems(parts.problems, width, p)...)
	headings, list := s.listed(width, parts.list, p)
	lines = append(lines, p.Paint(output.Bold, output.Fit(headings, width, false)))
	lines = append(lines, list...)
	for _, line := range shorten(s.detail(width), width, parts.detail) {
		lines = append(lines, p.Paint(output.Bold, line))
	}
	if parts.legend {
		lines = append(lines, s.legend(width, p))
	}
	switch {
	case s.prompt != nil:
		lines = append(lines, s.promptLines(width, parts.prompt, p)...)
	case parts.keys:
		lines = append(lines, s.keysLine(width, p))
	}
	return s.glyphs.finished(strings.Join(lines, "\n"))
}

// listed returns the headings and n lines of the queues, or of the servers.
func (s *state) listed(width, n int, p *output.Palette) (headings string, lines []string) {
	if s.fleet.shown {
		cols := s.serverLayout(width)
		return s.serverHeadings(cols), s.serverLines(cols, width, n, p)
	}
	cols := s.layout(width)
	return s.headings(cols), s.list(cols, width, n, p)
}

func (s *state) title() string {
	order, descending := s.sort.key(), s.descending
	if s.fleet.shown {
		order, descending = s.fleet.sort, s.fleet.descending
	}
	if descending {
		order = "-" + order
	}
	t := fmt.Sprintf("gearctl top  %s  every %s  sort %s", s.now.Format("15:04:05"), cmderr.ShortDuration(s.interval), order)
	if s.paused {
		t = "PAUSED  " + t
	}
	switch {
	case s.fleet.shown && s.fleet.troubled:
		t += "  only problems"
	case !s.fleet.shown && s.hideEmpty:
		t += "  no empty queues"
	}
	if filter := *s.filterText(); filter != "" {
		t += "  filter " + s.glyphs.escape(filter)
	}
	return t
}

// summary describes the servers in view, and what the queues of those that answer hold.
func (s *state) summary() string {
	if s.fleet.shown {
		return s.serversSummary()
	}
	who, up, last := s.inView()
	switch {
	case last.IsZero():
		return who + ": no answer yet"
	case up == 0:
		return who + ": no answer since " + last.Format("15:04:05")
	}
	queues := output.Plural(int64(s.known), "queue", "queues")
	if shown := len(s.rows) - s.stale; shown != s.known && s.view != viewMerged {
		queues = output.Count(int64(shown)) + " of " + queues
	}
	text := fmt.Sprintf("%s: %s, %s waiting, %s running", who, queues, output.Count(s.waiting), output.Count(s.running))
	if s.stale > 0 {
		text += fmt.Sprintf("; %s as last known", output.Plural(int64(s.stale), "queue", "queues"))
	}
	return text
}

// inView names the servers in view, and returns how many of them answer and when one did last; zero: never.
func (s *state) inView() (name string, up int, last time.Time) {
	servers := s.viewed()
	for _, server := range servers {
		if server.err == nil && !server.lastAnswer.IsZero() {
			up++
		}
		if server.lastAnswer.After(last) {
			last = server.lastAnswer
		}
	}
	switch {
	case len(servers) == 1:
		return s.glyphs.escape(s.describe(servers[0])), up, last
	case up > 0 && up < len(servers):
		name = fmt.Sprintf("%d of %d servers", up, len(servers))
	default:
		name = fmt.Sprintf("%d servers", len(servers))
	}
	if s.view == viewMerged {
		name += " merged"
	}
	return name, up, last
}

// problems returns what is wrong with servers: of all of them, whatever is in view, unless the view was chosen among them.
func (s *state) problems() []string {
	if s.fleet.shown {
		return nil // they are in its rows
	}
	about := s.servers
	if s.fromServers {
		about = s.viewed()
	}
	var list []string
	for _, server := range about {
		switch {
		case server.err != nil && server.lastAnswer.IsZero():
			list = append(list, fmt.Sprintf("%v; retrying", server.err))
		case server.err != nil:
			list = append(list, s.outage(server))
		case s.late(server):
			list = append(list, s.lateness(server))
		case server.badLines > 0:
			list = append(list, fmt.Sprintf("%s: cannot parse %s of its answer", server.name, output.Plural(int64(server.badLines), "line", "lines")))
		}
	}
	return list
}

// outage describes how long a server that had answered has not, why, and what its rows show.
func (s *state) outage(server *serverState) string {
	age := cmderr.ShortDuration(s.now.Sub(server.lastAnswer).Round(time.Second))
	text := fmt.Sprintf("%s: no answer for %s: %v; retrying", server.name, age, cause(server.err))
	if len(server.queues) > 0 {
		text += "; figures of " + server.lastAnswer.Format("15:04:05")
	}
	return text
}

// lateness describes how long a server has been asked.
func (s *state) lateness(server *serverState) string {
	return fmt.Sprintf("%s: no answer for %v", server.name, s.now.Sub(server.askedAt).Round(time.Second))
}

// cause returns what went wrong, without the server's name.
func cause(err error) error {
	var op *wire.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

func (s *state) shownProblems(n, width int, p *output.Palette) []string {
	list := s.problems()
	var lines []string
	for i := range n {
		text := s.glyphs.escape(list[i])
		if i == n-1 && len(list) > n {
			text = fmt.Sprintf("%d servers have problems, among them: %s", len(list), text)
		}
		lines = append(lines, p.Paint(output.Bad, output.Fit(text, width, false)))
	}
	return lines
}

// headings returns the heading line; the column that is sorted by has an arrow in front.
func (s *state) headings(cols []sizedColumn) string {
	var b strings.Builder
	for i, c := range cols {
		mark := " "
		if c.column == s.sort {
			mark = s.glyphs.order(s.descending)
		}
		title := c.column.title(&s.glyphs)
		if !c.column.right() {
			b.WriteString(mark + output.Fit(title, c.width, false))
			continue
		}
		if i > 0 {
			b.WriteString(strings.Repeat(" ", max(0, c.width-output.Width(title))))
		}
		b.WriteString(mark + title)
	}
	return b.String()
}

// keysLine is the last line: the keys, or the filter while it is typed.
func (s *state) keysLine(width int, p *output.Palette) string {
	if s.typing {
		return output.Fit("/"+s.glyphs.escape(*s.filterText())+"_", width, false)
	}
	line, hints := "", keyHints
	if s.fleet.shown {
		hints = serverHints
	}
	for _, k := range hints {
		if (k == tabKey || k == serversKey) && len(s.servers) < 2 {
			continue
		}
		if next := strings.TrimSpace(line + "  " + k); len(next) <= width {
			line = next
		}
	}
	return p.Paint(output.Faint, output.Fit(line, width, false))
}
