package health

import (
	"strings"

	"gearctl/commands/internal/nagios"
	"gearctl/output"
	"gearctl/wire"
)

// prometheus returns the report as metrics, for the textfile collector. Metrics that the exporter has, too, have the same names.
func (r *report) prometheus() ([]byte, error) {
	var p output.Metrics
	p.Gauge("gearctl_health_state", "Overall state: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.")
	p.Value(float64(r.state()))
	p.Gauge("gearctl_health_reasons", "Number of problems by state.")
	for state := nagios.StateWarning; state <= nagios.StateUnknown; state++ {
		n := 0
		for _, reason := range r.reasons {
			if reason.state == state {
				n++
			}
		}
		p.Value(float64(n), "state", strings.ToLower(nagios.StateName(state)))
	}
	if r.by != "" {
		p.Gauge("gearctl_health_by_state", "Worst state of the servers with a value of the label of --by: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.")
		for _, s := range r.sections() {
			p.Value(float64(s.state()), "label", r.by, "value", s.name)
		}
	}
	p.Gauge("gearman_up", "1 if the server listed its queues.")
	for _, s := range r.servers {
		p.Value(output.BoolToFloat(s.err == nil), output.LabelServer, s.server)
	}
	for _, m := range []struct {
		name, help string
		value      func(*queueResult) int64
	}{
		{"gearctl_health_queue_state", "State of a queue: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.", func(q *queueResult) int64 { return int64(q.state) }},
		{"gearman_jobs", "Jobs queued or running.", func(q *queueResult) int64 { return q.Total }},
		{"gearman_jobs_running", "Jobs running.", func(q *queueResult) int64 { return q.Running }},
		{"gearman_jobs_waiting", "Jobs waiting.", func(q *queueResult) int64 { return q.Waiting() }},
		{"gearman_workers", "Workers that can do the jobs.", func(q *queueResult) int64 { return q.Workers }},
	} {
		p.Gauge(m.name, m.help)
		for _, s := range r.servers {
			for i := range s.queues {
				n := m.value(&s.queues[i])
				if wire.BelowZero(n) {
					continue
				}
				p.Value(float64(n), output.LabelServer, s.server, output.LabelFunction, s.queues[i].Function)
			}
		}
	}
	r.prometheusAnswers(&p, "probe", func(s *serverResult) []answer { return s.probes })
	r.prometheusAnswers(&p, "end_to_end", func(s *serverResult) []answer { return s.endToEnd })
	r.prometheusAnswers(&p, "storage", func(s *serverResult) []answer { return s.storage })
	return p.Text()
}

// prometheusAnswers adds the state and the time of each answer.
func (r *report) prometheusAnswers(p *output.Metrics, kind string, list func(*serverResult) []answer) {
	state, seconds := "gearctl_health_"+kind+"_state", "gearctl_health_"+kind+"_seconds"
	p.Gauge(state, "State of the round trip: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.")
	for _, s := range r.servers {
		for _, a := range list(s) {
			p.Value(float64(a.state), output.LabelServer, s.server, output.LabelFunction, a.queue)
		}
	}
	p.Gauge(seconds, "Time of the round trip.")
	for _, s := range r.servers {
		for _, a := range list(s) {
			if !a.failed {
				p.Value(a.seconds, output.LabelServer, s.server, output.LabelFunction, a.queue)
			}
		}
	}
}
