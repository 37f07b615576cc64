package top

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// serverList is the page of v: a row for each server.
type serverList struct {
	shown      bool
	before     viewMode // what is shown when the page is left
	sort       string   // the key of a column
	descending bool
	filter     string
	troubled   bool // only servers with problems

	rows   []*serverState
	cursor int          // a row
	top    int          // the first row on the screen
	held   *serverState // what the cursor is on; nil while it is at the top, where it stays
}

// contextLabel is the name under which the contexts of a group are shown beside the labels of their servers.
const contextLabel = "context"

// setServers makes the servers those of names. of returns the labels of one and the context that names it, if there are any.
func (s *state) setServers(names []string, of func(server string) (labels map[string]string, context string)) {
	s.servers = newServerStates(names)
	contexts := map[string]bool{}
	labels := map[string]bool{}
	for _, server := range s.servers {
		server.labels, server.context = of(server.name)
		contexts[server.context] = true
		for name := range server.labels {
			labels[name] = true
		}
	}
	s.labels = slices.Sorted(maps.Keys(labels))
	if len(contexts) > 1 && !labels[contextLabel] {
		s.labels = append(s.labels, contextLabel)
	}
	s.fleet.sort, s.fleet.descending = problemKey, true
	s.makeServerColumns()
}

// label returns a label of the server, and whether it has it.
func (s *serverState) label(name string) (value string, ok bool) {
	if value, ok = s.labels[name]; !ok && name == contextLabel {
		value = s.context
	}
	return value, value != ""
}

// rebuildServers recomputes the rows of the page and keeps the cursor on its server.
func (s *state) rebuildServers() {
	l := &s.fleet
	l.rows = l.rows[:0]
	for _, server := range s.servers {
		if (!l.troubled || s.problemOf(server).severity > 0) && matchServer(l.filter, server) {
			l.rows = append(l.rows, server)
		}
	}
	column := s.serverColumn(l.sort)
	slices.SortFunc(l.rows, func(a, b *serverState) int {
		order := column.compare(a, b)
		if l.descending {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.rank, b.rank))
	})
	at := slices.Index(l.rows, l.held)
	switch {
	case l.held == nil:
		l.move(0)
	case at < 0:
		l.move(l.cursor)
	default:
		l.cursor = at
	}
}

// matchServer reports whether a filter matches the name, a label or the version of a server; NAME=VALUE is a label.
func matchServer(filter string, server *serverState) bool {
	if matchFilter(filter, server.name) || matchFilter(filter, server.version) {
		return true
	}
	for name, value := range server.labels {
		if matchFilter(filter, name+"="+value) {
			return true
		}
	}
	return server.context != "" && matchFilter(filter, contextLabel+"="+server.context)
}

// move puts the cursor on a row, or the nearest that there is.
func (l *serverList) move(to int) {
	l.cursor = max(0, min(to, len(l.rows)-1))
	l.held = nil
	if l.cursor > 0 {
		l.held = l.rows[l.cursor]
	}
}

// scrolled returns the first row to show in a list of that height, so that the cursor is seen.
func (l *serverList) scrolled(height int) int { return scrolled(l.top, l.cursor, len(l.rows), height) }

// showServers shows the page, with the cursor on the server in view if it is one.
func (s *state) showServers() {
	s.close()
	if s.fleet.shown = true; s.view >= viewFirstServer {
		s.fleet.held = s.viewed()[0]
	} else {
		s.fleet.before = s.view
	}
	s.rebuildServers()
}

// hideServers shows the queues of a view.
func (s *state) hideServers(view viewMode) {
	s.fleet.shown = false
	s.view, s.held = view, rowID{}
	s.rebuild()
}

// serverCommand handles a key of the page.
func (s *state) serverCommand(name string) {
	l := &s.fleet
	switch name {
	case "enter":
		if len(l.rows) > 0 {
			s.fromServers = true
			s.hideServers(viewFirstServer + viewMode(slices.Index(s.servers, l.rows[l.cursor])))
		}
	case "esc", "v":
		if name == "esc" && l.filter != "" {
			l.filter = ""
			s.rebuildServers()
			break
		}
		s.fromServers = false
		s.hideServers(s.fleet.before)
	case "s", ">", "right":
		s.sortServersBy(1)
	case "S", "<", "left":
		s.sortServersBy(-1)
	case "r":
		l.descending = !l.descending
		s.rebuildServers()
	case "e":
		l.troubled = !l.troubled
		s.rebuildServers()
	}
}

// sortServersBy goes on to another column that is on the screen: the largest numbers and problems first, texts from A.
func (s *state) sortServersBy(step int) {
	cols := s.serverLayout(s.width)
	at := slices.IndexFunc(cols, func(c sizedServerColumn) bool { return c.key == s.fleet.sort })
	next := cols[(max(at, 0)+step+len(cols))%len(cols)].serverColumn
	s.fleet.sort, s.fleet.descending = next.key, next.fromLargest
	s.rebuildServers()
}

// serversSummary describes the servers of the page.
func (s *state) serversSummary() string {
	up, queues, troubled := 0, 0, 0
	var sum figures
	for _, server := range s.fleet.rows {
		if s.problemOf(server).severity > 0 {
			troubled++
		}
		if server.answers() {
			up++
			queues += len(server.queues)
			sum.waiting += server.sum.waiting
			sum.running += server.sum.running
		}
	}
	text := fmt.Sprintf("%d of %s answer", up, output.Plural(int64(len(s.fleet.rows)), "server", "servers"))
	if len(s.fleet.rows) < len(s.servers) {
		text = fmt.Sprintf("%d of %d shown; %s", len(s.fleet.rows), len(s.servers), text)
	}
	text += fmt.Sprintf(": %s, %s waiting, %s running", output.Plural(int64(queues), "queue", "queues"), output.Count(sum.waiting), output.Count(sum.running))
	if troubled > 0 {
		text += fmt.Sprintf("; %d with problems", troubled)
	}
	return text
}

// answers reports whether the last poll of a server succeeded.
func (s *serverState) answers() bool { return s.err == nil && !s.lastAnswer.IsZero() }

// serverProblem is the worst that is known of a server.
type serverProblem struct {
	severity int // 0: nothing
	text     string
}

// How bad problems are. From severityLate on figures are old.
const (
	severityUnreadable = iota + 1
	severityEmpty
	severityUnserved
	severityLate
	severityDown
)

// problemOf returns the worst that is known of a server, in words.
func (s *state) problemOf(server *serverState) serverProblem {
	late := time.Duration(0)
	if s.late(server) {
		late = s.now.Sub(server.askedAt)
	}
	return server.problem(s.now, late)
}

// problem returns the worst that is known of the server, which is late by so much, in words.
func (s *serverState) problem(now time.Time, late time.Duration) serverProblem {
	switch {
	case s.err != nil:
		why := cause(s.err).Error()
		if errors.Is(s.err, wire.ErrSilent) {
			why = "silent"
		}
		return serverProblem{severityDown, why + sinceText(s.lastAnswer, now)}
	case late > 0:
		return serverProblem{severityLate, fmt.Sprintf("no answer for %v", late.Round(time.Second))}
	case s.lastAnswer.IsZero():
		return serverProblem{}
	case s.unserved > 0:
		text := fmt.Sprintf("%s waiting, no worker: %s", output.Count(s.worst.Waiting()), s.worst.Function)
		if n := s.unserved - 1; n > 0 {
			text += fmt.Sprintf(" and %s more", output.Count(int64(n)))
		}
		return serverProblem{severityUnserved, text}
	case len(s.queues) == 0:
		return serverProblem{severityEmpty, "no queues"}
	case s.badLines > 0:
		return serverProblem{severityUnreadable, "cannot parse " + output.Plural(int64(s.badLines), "line", "lines") + " of its answer"}
	}
	return serverProblem{}
}

// sinceText says since when a server has not answered.
func sinceText(last, now time.Time) string {
	switch age := now.Sub(last); {
	case last.IsZero():
		return ", no answer so far"
	case age < 12*time.Hour:
		return " since " + last.Format("15:04:05")
	default:
		return fmt.Sprintf(" since %s, %s", last.Format("2006-01-02 15:04"), cmderr.ShortDuration(age.Round(time.Minute)))
	}
}

// serverDetail returns what the row of the chosen server has no room for, in lines: its labels and its whole problem.
func (s *state) serverDetail(width int) []string {
	if len(s.fleet.rows) == 0 {
		return nil
	}
	server := s.fleet.rows[s.fleet.cursor]
	text := s.describe(server)
	if p := s.problemOf(server); p.severity > 0 {
		text += ": " + p.text
	}
	return wrap(s.glyphs.escape(text), width)
}

// describe names a server with its version and its labels.
func (s *state) describe(server *serverState) string {
	text := strings.TrimSpace(server.name + " " + server.version)
	for _, name := range s.labels {
		if value, ok := server.label(name); ok {
			text += " " + name + "=" + value
		}
	}
	return text
}
