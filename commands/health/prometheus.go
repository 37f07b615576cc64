package health

import (
	"strings"

	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
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
	p.Gauge(servers.MetricUp, servers.MetricUpHelp)
	for _, s := range r.servers {
		p.Value(output.BoolToFloat(s.err == nil), output.LabelServer, s.server)
	}
	r.prometheusQueues(&p, "gearctl_health_queue_state", "State of a queue: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.", func(q *queueResult) int64 { return int64(q.state) })
	for _, m := range servers.QueueMetrics() {
		r.prometheusQueues(&p, m.Name, m.Help, func(q *queueResult) int64 { return m.Of(&q.FunctionStatus) })
	}
	r.prometheusAnswers(&p, "probe", func(s *serverResult) []answer { return s.probes })
	r.prometheusAnswers(&p, "end_to_end", func(s *serverResult) []answer { return s.endToEnd })
	r.prometheusAnswers(&p, "storage", func(s *serverResult) []answer { return s.storage })
	return p.Text()
}

// prometheusQueues adds a value of each queue, unless it is below zero.
func (r *report) prometheusQueues(p *output.Metrics, name, help string, of func(*queueResult) int64) {
	p.Gauge(name, help)
	for _, s := range r.servers {
		for i := range s.queues {
			if n := of(&s.queues[i]); !wire.BelowZero(n) {
				p.Value(float64(n), output.LabelServer, s.server, output.LabelFunction, s.queues[i].Function)
			}
		}
	}
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
