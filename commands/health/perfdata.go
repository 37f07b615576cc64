package health

import (
	"fmt"
	"math"
	"slices"

	"gearctl/commands/internal/nagios"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// The values of --perfdata.
const (
	perfdataAll  = "all"
	perfdataSums = "sums"
	perfdataNone = "none"
)

// appendPerfdata appends a bar and the performance data. Labels are those of check_gearman, with the server in front if
// there are several.
func (r *report) appendPerfdata(dst []byte) []byte {
	if r.perfdata == perfdataNone {
		return dst
	}
	t := r.totals()
	p := perfdataWriter{b: slices.Grow(dst, 256+int(160*t.queues)), separator: '|'}
	p.sums(r)
	for _, s := range r.servers {
		p.prefix = ""
		if r.several {
			p.prefix = s.server + "/"
		}
		if r.perfdata == perfdataAll {
			for i := range s.queues {
				p.queue(&s.queues[i])
			}
		}
		for i := range s.probes {
			p.answer(&s.probes[i], "_probe")
		}
		for i := range s.endToEnd {
			p.answer(&s.endToEnd[i], "_end_to_end")
		}
	}
	return p.b
}

// perfdataWriter collects performance data.
type perfdataWriter struct {
	b         []byte
	separator byte // before the next value
	prefix    string
}

func (w *perfdataWriter) add(p nagios.Perfdata) {
	p.Label = w.prefix + p.Label
	w.b = nagios.AppendPerfdata(append(w.b, w.separator), p)
	w.separator = ' '
}

// sums adds the sums over the servers of a report.
func (w *perfdataWriter) sums(r *report) {
	t := r.totals()
	w.add(nagios.Perfdata{Label: "servers", Value: float64(t.answered), Min: "0", Max: fmt.Sprint(len(r.servers))})
	w.count("waiting", t.waiting, nagios.Limits{})
	w.count("running", t.running, nagios.Limits{})
}

func (w *perfdataWriter) count(label string, n int64, l nagios.Limits) {
	w.add(nagios.Perfdata{Label: label, Value: float64(n), Warn: l.Warning, Crit: l.Critical, Min: "0"})
}

func (w *perfdataWriter) queue(q *queueResult) {
	for m := range nagios.NumMetrics {
		name := m.String()
		if m == nagios.MetricWorkers {
			name = "worker"
		}
		if n, ok := nagios.MetricValue(m, &q.FunctionStatus, q.priority); ok && !wire.BelowZero(n) {
			w.count(q.Function+"_"+name, n, q.limits[m])
		}
	}
}

// answer adds the time of an answer, and the process counts in it.
func (w *perfdataWriter) answer(a *answer, suffix string) {
	took := nagios.Perfdata{Label: a.queue + suffix, Value: a.seconds, Unit: "s", Warn: a.limits.Warning, Crit: a.limits.Critical, Min: "0"}
	if a.failed {
		took.Value = math.NaN()
	}
	w.add(took)
	if s := a.status; s != nil && s.From == modgearman.FromWorker {
		w.add(nagios.Perfdata{Label: a.queue + "_workers", Value: float64(s.Workers), Min: fmt.Sprint(s.Min), Max: fmt.Sprint(s.Max)})
		w.count(a.queue+"_busy", int64(s.Running), nagios.Limits{})
		w.add(nagios.Perfdata{Label: a.queue + "_jobs", Value: float64(s.Jobs), Unit: "c"})
	}
}
