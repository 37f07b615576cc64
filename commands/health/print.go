package health

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/nagios"
	"gearctl/output"
)

// reasonsInLine bounds the reasons in the first line; all are listed below.
const reasonsInLine = 3

// printReport writes the report in the format asked for. The error holds the exit code.
func printReport(env *cli.Env, r *report, notes []string) error {
	format, err := outputFormat(env)
	if err != nil {
		return err
	}
	var b []byte
	stdout := env.ExactStdout()
	switch {
	case format == formatNagios && r.by != "":
		b = r.nagiosBy(notes)
	case format == formatNagios:
		b = r.nagios(notes)
	case format == formatText:
		stdout = env.Stdout // with colours
		if r.by != "" {
			b = r.textBy(env, notes)
		} else {
			b = r.text(env, notes)
		}
	case format == formatPrometheus:
		b, err = r.prometheus()
	default:
		b, err = r.json(format == output.JSON, notes)
	}
	if err != nil {
		return err
	}
	if _, err := stdout.Write(b); err != nil && !cmderr.IsReaderGone(err) {
		return err
	}
	return cmderr.PluginState(r.state())
}

// unknownReport is the report of a check that could not be carried out, for formats other than nagios.
func unknownReport(format, why string) []byte {
	r := &report{reasons: []reason{{state: nagios.StateUnknown, text: why}}}
	switch format {
	case output.JSON, output.JSONL:
		b, _ := r.json(format == output.JSON, nil)
		return b
	case formatPrometheus:
		b, _ := r.prometheus()
		return b
	}
	return nil
}

// line is the first line: the state and the worst reasons.
func (r *report) line() string { return nagios.StateName(r.state()) + ": " + r.problems() }

// problems are the worst reasons, or what there is if there are none.
func (r *report) problems() string {
	if len(r.reasons) == 0 {
		return r.summary()
	}
	var texts []string
	for _, reason := range r.reasons[:min(reasonsInLine, len(r.reasons))] {
		text := r.describe(reason)
		if len(r.reasons) > 1 {
			text = truncate(text)
		}
		texts = append(texts, text)
	}
	line := strings.Join(texts, "; ")
	if more := len(r.reasons) - reasonsInLine; more > 0 {
		line += fmt.Sprintf("; and %s more", output.Count(int64(more)))
	}
	return line
}

// truncate shortens a text of the first line; it is below in full.
func truncate(text string) string {
	const most = 100
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// nagios is the output of a monitoring plugin.
func (r *report) nagios(notes []string) []byte {
	b := []byte(nagios.EscapeLine(r.line()))
	b = append(r.appendPerfdata(b), '\n')
	add := func(kind, text string) { b = fmt.Appendf(b, "%s: %s\n", kind, nagios.EscapeLine(text)) }
	if len(r.reasons) > 1 {
		for _, reason := range r.reasons {
			add(nagios.StateName(reason.state), r.describe(reason))
		}
	}
	for _, text := range r.answers() {
		add("OK", text)
	}
	for _, note := range notes {
		add("note", note)
	}
	return b
}

// answers describes the probes and test checks that are OK.
func (r *report) answers() []string {
	var list []string
	for _, s := range r.servers {
		for _, answers := range [][]answer{s.probes, s.endToEnd, s.storage} {
			for _, a := range answers {
				if a.state == nagios.StateOK {
					list = append(list, r.describe(reason{server: s.server, queue: a.queue, text: a.text}))
				}
			}
		}
	}
	return list
}

// text is for people: a line for each reason, worst first, for each answer, and for each queue without a reason, then the
// state of all.
func (r *report) text(env *cli.Env, notes []string) []byte {
	var b bytes.Buffer
	palette := env.Palette(env.Terminal.Stdout)
	line := func(state int, text string) {
		name := fmt.Sprintf("%-8s", nagios.StateName(state))
		fmt.Fprintf(&b, "%s  %s\n", palette.Paint(nagios.StateStyle(state), name), env.Printable(text))
	}
	for _, reason := range r.reasons {
		line(reason.state, r.describe(reason))
	}
	for _, text := range r.answers() {
		line(nagios.StateOK, text)
	}
	for _, text := range r.quietQueues() {
		line(nagios.StateOK, text)
	}
	fmt.Fprintf(&b, "%s: %s\n", palette.Paint(nagios.StateStyle(r.state()), nagios.StateName(r.state())), r.summary())
	for _, note := range notes {
		fmt.Fprintf(&b, "note: %s\n", env.Printable(note))
	}
	return b.Bytes()
}

// quietQueues describes the queues without a reason.
func (r *report) quietQueues() []string {
	var list []string
	for _, s := range r.servers {
		for i := range s.queues {
			if q := &s.queues[i]; q.state == nagios.StateOK {
				text := fmt.Sprintf("%s, %s running, %s", judge.WaitingJobs(q.Waiting()), output.Count(q.Busy()), output.Plural(q.Workers, "worker", "workers"))
				list = append(list, r.describe(reason{server: s.server, queue: q.Function, text: text}))
			}
		}
	}
	return list
}

// noteBuffer collects what would go to stderr. It may be used concurrently.
type noteBuffer struct {
	mu sync.Mutex
	b  []byte
}

var _ io.Writer = (*noteBuffer)(nil)

func (n *noteBuffer) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.b = append(n.b, p...)
	return len(p), nil
}

// lines returns the notes without the prefix gearctl.
func (n *noteBuffer) lines() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []string
	for line := range strings.Lines(string(n.b)) {
		if line = strings.TrimPrefix(strings.TrimSpace(line), "gearctl: "); line != "" {
			list = append(list, line)
		}
	}
	return list
}
