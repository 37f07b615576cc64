package health

import (
	"cmp"
	"fmt"
	"slices"

	"gearctl/commands/internal/nagios"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// healthReason is why a state is not OK.
type healthReason struct {
	state         int
	server, queue string // queue may be empty
	text          string
}

// healthQueue is a queue that was looked at.
type healthQueue struct {
	wire.FunctionStatus
	priority *wire.PriorityStatus // nil: not asked for, or not told
	limits   *nagios.QueueLimits
	state    int
}

// healthAnswer is what became of a probe or of a test check.
type healthAnswer struct {
	queue   string
	state   int
	text    string // the answer, or what went wrong
	seconds float64
	limits  nagios.Limits      // of the seconds
	status  *modgearman.Status // of a probe; nil: none came
	worker  string             // that ran a test check
	failed  bool               // no answer came
}

// healthServer is what was found on one server.
type healthServer struct {
	server  string
	err     error // why it did not tell its queues
	queues  []healthQueue
	known   []string // all its queues, in their order
	reasons []healthReason
	probes  []healthAnswer
	trips   []healthAnswer
}

// add notes why a state is not OK.
func (s *healthServer) add(state int, queue, format string, args ...any) {
	s.reasons = append(s.reasons, healthReason{state, s.server, queue, fmt.Sprintf(format, args...)})
}

// addUnreadable notes the lines of the answer to a command that cannot be read.
func (s *healthServer) addUnreadable(command string, bad []*wire.LineError) {
	for _, b := range bad {
		s.add(nagios.StateUnknown, "", "cannot parse line %d of its %s: %s", b.Number, command, b.Cause)
	}
}

// healthReport is what was found on all servers.
type healthReport struct {
	servers []*healthServer
	reasons []healthReason // worst first
	several bool           // servers
	metrics string         // --perfdata
}

// gravity orders states: CRITICAL before WARNING before UNKNOWN before OK, as the plugins of the Monitoring Plugins do.
func gravity(state int) int {
	return [...]int{nagios.StateOK: 0, nagios.StateUnknown: 1, nagios.StateWarning: 2, nagios.StateCritical: 3}[state]
}

func worse(a, b int) int {
	if gravity(b) > gravity(a) {
		return b
	}
	return a
}

// newHealthReport gathers the reasons of all servers, and says which rules match nothing.
func newHealthReport(servers []*healthServer, o *healthOptions, h *healthRules) *healthReport {
	r := &healthReport{servers: servers, several: len(servers) > 1, metrics: o.perfdata}
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
	slices.SortStableFunc(r.reasons, func(a, b healthReason) int {
		return cmp.Or(-cmp.Compare(gravity(a.state), gravity(b.state)), cmp.Compare(a.server, b.server))
	})
	return r
}

// unmatched are the reasons for rules and globs that match no queue.
func unmatched(known []string, o *healthOptions, h *healthRules) (reasons []healthReason) {
	for _, r := range h.rules {
		if why := h.unused(r, known); why != "" && !r.Optional {
			reasons = append(reasons, healthReason{state: nagios.StateUnknown, text: fmt.Sprintf("rule %.100q %s", r.Glob, why)})
		}
	}
	for _, glob := range o.matcher.Globs {
		if r := (&nagios.QueueRule{Glob: glob}); !slices.ContainsFunc(known, r.Match) {
			reasons = append(reasons, healthReason{state: nagios.StateUnknown, text: fmt.Sprintf("no queue matches %.100q", glob)})
		}
	}
	return reasons
}

// state is the worst of all.
func (r *healthReport) state() int {
	if len(r.reasons) == 0 {
		return nagios.StateOK
	}
	return r.reasons[0].state
}

// say returns a reason in words, with its server where there are several.
func (r *healthReport) say(reason healthReason) string {
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

// totals are the sums over all servers that answered.
type healthTotals struct{ answered, queues, waiting, running int64 }

func (r *healthReport) totals() (t healthTotals) {
	for _, s := range r.servers {
		if s.err == nil {
			t.answered++
		}
		t.queues += int64(len(s.queues))
		for i := range s.queues {
			t.waiting += s.queues[i].Waiting()
			t.running += s.queues[i].Running
		}
	}
	return t
}

// summary is what a report without reasons says.
func (r *healthReport) summary() string {
	t := r.totals()
	where := ""
	if r.several {
		where = fmt.Sprintf(" on %d servers", t.answered)
		if n := len(r.servers); t.answered < int64(n) {
			where = fmt.Sprintf(" on %d of %d servers", t.answered, n)
		}
	}
	answers := ""
	for _, kind := range []struct {
		list      func(*healthServer) []healthAnswer
		one, many string
	}{
		{func(s *healthServer) []healthAnswer { return s.probes }, "probe answered", "probes answered"},
		{func(s *healthServer) []healthAnswer { return s.trips }, "test check came back", "test checks came back"},
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
