package commands

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// prometheus returns the report as metrics, for the textfile collector. What the exporter has, too, has its name there.
func (r *healthReport) prometheus() []byte {
	var p promWriter
	p.family("gearctl_health_state", "State of all: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.")
	p.value("gearctl_health_state", float64(r.state()))
	p.family("gearctl_health_reasons", "How many things are not OK, by state.")
	for state := stateWarning; state <= stateUnknown; state++ {
		n := 0
		for _, reason := range r.reasons {
			if reason.state == state {
				n++
			}
		}
		p.value("gearctl_health_reasons", float64(n), "state", strings.ToLower(stateName(state)))
	}
	p.family("gearman_up", "1 when the server told its queues.")
	for _, s := range r.servers {
		up := 1.0
		if s.err != nil {
			up = 0
		}
		p.value("gearman_up", up, "server", s.server)
	}
	for _, m := range []struct {
		name, help string
		value      func(*healthQueue) int64
	}{
		{"gearctl_health_queue_state", "State of a queue: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.", func(q *healthQueue) int64 { return int64(q.state) }},
		{"gearman_jobs", "Jobs queued or running.", func(q *healthQueue) int64 { return q.Total }},
		{"gearman_jobs_running", "Jobs running.", func(q *healthQueue) int64 { return q.Running }},
		{"gearman_jobs_waiting", "Jobs waiting.", func(q *healthQueue) int64 { return q.Waiting() }},
		{"gearman_workers", "Workers that can do the jobs.", func(q *healthQueue) int64 { return q.Workers }},
	} {
		p.family(m.name, m.help)
		for _, s := range r.servers {
			for i := range s.queues {
				p.value(m.name, float64(m.value(&s.queues[i])), "server", s.server, "function", s.queues[i].Function)
			}
		}
	}
	r.prometheusAnswers(&p, "probe", func(s *healthServer) []healthAnswer { return s.probes })
	r.prometheusAnswers(&p, "end_to_end", func(s *healthServer) []healthAnswer { return s.trips })
	return p.Bytes()
}

// prometheusAnswers writes the state of each answer, and its time where there is one.
func (r *healthReport) prometheusAnswers(p *promWriter, kind string, list func(*healthServer) []healthAnswer) {
	state, seconds := "gearctl_health_"+kind+"_state", "gearctl_health_"+kind+"_seconds"
	p.family(state, "State of what came back: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.")
	for _, s := range r.servers {
		for _, a := range list(s) {
			p.value(state, float64(a.state), "server", s.server, "function", a.queue)
		}
	}
	p.family(seconds, "Time until it came back.")
	for _, s := range r.servers {
		for _, a := range list(s) {
			if !a.failed {
				p.value(seconds, a.seconds, "server", s.server, "function", a.queue)
			}
		}
	}
}

// promWriter writes the text format of Prometheus. A family without values is left out.
type promWriter struct {
	bytes.Buffer
	head string
}

// family begins a metric; all its values must follow.
func (p *promWriter) family(name, help string) {
	p.head = fmt.Sprintf("# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

// value writes a value with labels, given as names and values.
func (p *promWriter) value(name string, v float64, labels ...string) {
	p.WriteString(p.head)
	p.head = ""
	p.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		p.WriteByte("{,"[min(i, 1)])
		fmt.Fprintf(p, `%s="%s"`, labels[i], promLabel(labels[i+1]))
	}
	if len(labels) > 0 {
		p.WriteByte('}')
	}
	fmt.Fprintf(p, " %s\n", strconv.FormatFloat(v, 'g', -1, 64))
}

// promLabel escapes what the format wants escaped.
func promLabel(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(labelValue(s))
}
