package health

import (
	"cmp"
	"fmt"
	"slices"

	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/nagios"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// reason is a problem: why a state is not OK.
type reason struct {
	state         int
	server, queue string // queue may be empty
	text          string
}

// queueResult is a checked queue.
type queueResult struct {
	wire.FunctionStatus
	priority *wire.PriorityStatus // nil: not asked for, or not told
	limits   *nagios.QueueLimits
	state    int
}

// answer is the outcome of a probe or a test check.
type answer struct {
	queue   string
	state   int
	text    string // the answer, or what went wrong
	seconds float64
	limits  nagios.Limits      // of the seconds
	status  *modgearman.Status // of a probe; nil: none came
	worker  string             // that ran a test check
	failed  bool               // no answer came
}

// serverResult is what was found on one server.
type serverResult struct {
	server   string
	err      error // why it did not tell its queues
	queues   []queueResult
	known    []string // all its queues, in their order
	reasons  []reason
	probes   []answer
	endToEnd []answer
	storage  []answer // one, or none
}

// add adds a reason.
func (s *serverResult) add(state int, queue, format string, args ...any) {
	s.reasons = append(s.reasons, reason{state, s.server, queue, fmt.Sprintf(format, args...)})
}

// addUnreadable adds reasons for the lines of a reply that cannot be parsed.
func (s *serverResult) addUnreadable(command string, bad []*wire.LineError) {
	s.addProblems("", judge.Unreadable(command, bad)...)
}

// addProblems adds reasons for problems of the server, or of a queue.
func (s *serverResult) addProblems(queue string, problems ...judge.Problem) {
	for _, p := range problems {
		s.add(p.State, queue, "%s", p.Text)
	}
}

// report is the result of all servers.
type report struct {
	servers  []*serverResult
	reasons  []reason       // worst first
	several  bool           // servers
	perfdata string         // --perfdata
	by       string         // --by; empty: no sections
	labels   *output.Labels // nil: no context
}

func worse(a, b int) int {
	if judge.Severity(b) > judge.Severity(a) {
		return b
	}
	return a
}

// newReport collects the reasons of all servers, and adds those for rules that match nothing.
func newReport(servers []*serverResult, o *options, h *ruleSet) *report {
	r := &report{servers: servers, several: len(servers) > 1, perfdata: o.perfdata}
	var known []string
	answered := false
	for _, s := range servers {
		r.reasons = append(r.reasons, s.reasons...)
		answered = answered || s.err == nil
		known = append(known, s.known...)
	}
	if answered {
		r.reasons = append(r.reasons, unmatched(known, o, h)...)
	}
	slices.SortStableFunc(r.reasons, func(a, b reason) int {
		return cmp.Or(-cmp.Compare(judge.Severity(a.state), judge.Severity(b.state)), cmp.Compare(a.server, b.server))
	})
	return r
}

// unmatched returns reasons for rules and globs that match no queue.
func unmatched(known []string, o *options, h *ruleSet) (reasons []reason) {
	for _, r := range h.rules {
		if why := h.unusedReason(r, known); why != "" && !r.Optional {
			reasons = append(reasons, reason{state: nagios.StateUnknown, text: fmt.Sprintf("rule %.100q %s", r.Glob, why)})
		}
	}
	for _, glob := range o.matcher.Globs {
		if r := (&nagios.Rule{Glob: glob}); !slices.ContainsFunc(known, r.Match) {
			reasons = append(reasons, reason{state: nagios.StateUnknown, text: fmt.Sprintf("no queue matches %.100q", glob)})
		}
	}
	return reasons
}

// state is the worst of all.
func (r *report) state() int {
	if len(r.reasons) == 0 {
		return nagios.StateOK
	}
	return r.reasons[0].state
}

// describe returns the text of a reason with its queue, and its server if there are several.
func (r *report) describe(reason reason) string {
	switch {
	case r.several && reason.server != "" && reason.queue != "":
		return reason.queue + " on " + reason.server + ": " + reason.text
	case r.several && reason.server != "":
		return reason.server + ": " + reason.text
	case reason.queue != "":
		return reason.queue + ": " + reason.text
	case reason.server != "":
		return reason.server + ": " + reason.text
	}
	return reason.text
}

// reportTotals are the sums over all servers that answered.
type reportTotals struct{ answered, queues, waiting, running int64 }

func (r *report) totals() (t reportTotals) {
	for _, s := range r.servers {
		if s.err == nil {
			t.answered++
		}
		t.queues += int64(len(s.queues))
		for i := range s.queues {
			t.waiting += s.queues[i].Waiting()
			t.running += s.queues[i].Busy()
		}
	}
	return t
}

// summary is the text of a report without reasons.
func (r *report) summary() string {
	t := r.totals()
	where := ""
	if r.several {
		where = " on " + output.Plural(t.answered, "server", "servers")
		if n := len(r.servers); t.answered < int64(n) {
			where = fmt.Sprintf(" on %d of %d servers", t.answered, n)
		}
	}
	answers := ""
	for _, kind := range []struct {
		list      func(*serverResult) []answer
		one, many string
	}{
		{func(s *serverResult) []answer { return s.probes }, "probe answered", "probes answered"},
		{func(s *serverResult) []answer { return s.endToEnd }, "test check came back", "test checks came back"},
		{func(s *serverResult) []answer { return s.storage }, "store works", "stores work"},
	} {
		n := int64(0)
		for _, s := range r.servers {
			n += int64(len(kind.list(s)))
		}
		if n > 0 {
			answers += ", " + output.Plural(n, kind.one, kind.many)
		}
	}
	return fmt.Sprintf("%s%s, %s waiting, %s running%s", output.Plural(t.queues, "queue", "queues"), where,
		output.Plural(t.waiting, "job", "jobs"), output.Count(t.running), answers)
}
