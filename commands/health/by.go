package health

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/nagios"
	"gearctl/output"
)

// section is the part of a report about one server, or about the servers with one value of the label of --by.
type section struct {
	name string // empty: the servers without the label
	report
}

// title names the section in lines and performance data.
func (s *section) title() string { return cmp.Or(s.name, "-") }

// sections splits the report by the label, the worst first. Reasons of no server are in none.
func (r *report) sections() []*section {
	var list []*section
	of := map[string]*section{}
	for _, s := range r.servers {
		name := r.sectionOf(s.server)
		part := of[name]
		if part == nil {
			part = &section{name, report{several: r.several && r.by != byServer, perfdata: r.perfdata}}
			of[name] = part
			list = append(list, part)
		}
		part.servers = append(part.servers, s)
		of[name] = part
	}
	for _, reason := range r.reasons {
		if reason.server != "" {
			part := of[r.sectionOf(reason.server)]
			part.reasons = append(part.reasons, reason)
		}
	}
	for _, part := range list {
		part.worstFirst()
		for i := range part.reasons {
			if part.reasons[i].server == part.name {
				part.reasons[i].server = "" // the title says it
			}
		}
	}
	slices.SortFunc(list, func(a, b *section) int {
		return cmp.Or(-cmp.Compare(judge.Severity(a.state()), judge.Severity(b.state())), strings.Compare(a.name, b.name))
	})
	return list
}

// byServer is the value of --by for a section for each server.
const byServer = "server"

// sectionOf returns the name of the section of a server.
func (r *report) sectionOf(server string) string {
	if r.by == byServer {
		return server
	}
	return r.labels.Of(server)[r.by]
}

// worstFirst orders the reasons: the graver state first, then whole servers, then the queue where more jobs wait.
func (s *section) worstFirst() {
	waiting := map[reason]int64{}
	for _, server := range s.servers {
		for i := range server.queues {
			q := &server.queues[i]
			waiting[reason{server: server.server, queue: q.Function}] = q.Waiting()
		}
	}
	slices.SortStableFunc(s.reasons, func(a, b reason) int {
		return cmp.Or(-cmp.Compare(judge.Severity(a.state), judge.Severity(b.state)),
			cmp.Compare(min(len(a.queue), 1), min(len(b.queue), 1)),
			-cmp.Compare(waiting[reason{server: a.server, queue: a.queue}], waiting[reason{server: b.server, queue: b.queue}]))
	})
}

// general returns the reasons that are those of no server.
func (r *report) general() (list []reason) {
	for _, reason := range r.reasons {
		if reason.server == "" {
			list = append(list, reason)
		}
	}
	return list
}

// byLine is the first line: the worst sections with their worst reason each, and the number of the others.
func (r *report) byLine(sections []*section) string {
	bad := slices.DeleteFunc(slices.Clone(sections), func(s *section) bool { return len(s.reasons) == 0 })
	if len(r.reasons) == 0 {
		return "OK: " + output.Plural(int64(len(sections)), "group", "groups") + " by " + r.by + ", " + r.summary()
	}
	var texts []string
	for _, s := range bad[:min(reasonsInLine, len(bad))] {
		text := s.title() + ": " + s.describe(s.reasons[0])
		if len(r.reasons) > 1 {
			text = truncate(text)
		}
		if more := len(s.reasons) - 1; more > 0 {
			text += " and " + output.Count(int64(more)) + " more"
		}
		texts = append(texts, text)
	}
	for _, reason := range r.general() {
		texts = append(texts, truncate(reason.text))
	}
	line := nagios.StateName(r.state()) + ": " + strings.Join(texts, "; ")
	if more := len(bad) - reasonsInLine; more > 0 {
		line += fmt.Sprintf("; and %d more by %s", more, r.by)
	}
	return line
}

// nagiosBy is the output of a monitoring plugin with --by: a line and a set of performance data for each section.
func (r *report) nagiosBy(notes []string) []byte {
	sections := r.sections()
	b := []byte(nagios.EscapeLine(r.byLine(sections)))
	if r.perfdata != perfdataNone {
		p := perfdataWriter{b: b, separator: '|'}
		ordered := slices.Clone(sections) // as graphs want them
		slices.SortFunc(ordered, func(a, b *section) int { return strings.Compare(a.name, b.name) })
		for _, s := range ordered {
			p.prefix = s.title() + "/"
			p.sums(&s.report)
		}
		b = p.b
	}
	b = append(b, '\n')
	for _, s := range sections {
		b = fmt.Appendf(b, "%s: %s\n", nagios.StateName(s.state()), nagios.EscapeLine(s.title()+": "+s.problems()))
	}
	for _, reason := range r.general() {
		b = fmt.Appendf(b, "%s: %s\n", nagios.StateName(reason.state), nagios.EscapeLine(reason.text))
	}
	for _, note := range notes {
		b = fmt.Appendf(b, "note: %s\n", nagios.EscapeLine(note))
	}
	return b
}

// textBy is the report for people with --by.
func (r *report) textBy(env *cli.Env, notes []string) []byte {
	var b bytes.Buffer
	palette := env.Palette(env.Terminal.Stdout)
	line := func(state int, text string) {
		name := fmt.Sprintf("%-8s", nagios.StateName(state))
		fmt.Fprintf(&b, "%s  %s\n", palette.Paint(nagios.StateStyle(state), name), env.Printable(text))
	}
	for _, s := range r.sections() {
		line(s.state(), s.title()+": "+s.problems())
	}
	for _, reason := range r.general() {
		line(reason.state, reason.text)
	}
	fmt.Fprintf(&b, "%s: %s\n", palette.Paint(nagios.StateStyle(r.state()), nagios.StateName(r.state())), r.summary())
	for _, note := range notes {
		fmt.Fprintf(&b, "note: %s\n", env.Printable(note))
	}
	return b.Bytes()
}
