package exporter

import (
	"strings"

	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

const labelWorker = "worker"

// metricsBuilder makes metrics of scrapes. All have the labels of their server.
type metricsBuilder struct {
	*output.Metrics
	scrapes []*serverScrape
	labels  []output.LabelSet // of scrapes
}

// valueFunc takes a value and its labels besides those of the server.
type valueFunc func(v float64, labels ...string)

// writeMetrics adds the metrics of servers, their queues and workers, and the error counts.
func (x *exporter) writeMetrics(to *output.Metrics, scrapes []*serverScrape, want parts) {
	m := &metricsBuilder{Metrics: to, scrapes: scrapes}
	for _, s := range scrapes {
		m.labels = append(m.labels, to.Labels(append([]string{output.LabelServer, s.address}, s.labels...)...))
	}
	m.servers()
	if want.queues {
		m.Distinct = true // selectQueues sees to it
		m.queues()
		m.Distinct = false
	}
	m.priorities()
	m.workers()
	x.errors.write(m)
}

// perServer adds a gauge with the values that of reports for each server.
func (m *metricsBuilder) perServer(name, help string, of func(s *serverScrape, value valueFunc)) {
	m.Gauge("gearman_"+name, help)
	m.each(of)
}

func (m *metricsBuilder) each(of func(s *serverScrape, value valueFunc)) {
	for i, s := range m.scrapes {
		of(s, func(v float64, labels ...string) { m.ValueOf(m.labels[i], v, labels...) })
	}
}

func (m *metricsBuilder) servers() {
	m.Gauge(servers.MetricUp, servers.MetricUpHelp)
	m.each(func(s *serverScrape, value valueFunc) { value(output.BoolToFloat(s.up())) })
	m.perServer("version_info", "1, with the version of the server; unknown if not reported.", func(s *serverScrape, value valueFunc) {
		value(1, "version", s.version)
	})
	m.perServer("scrape_duration_seconds", "How long the server took to answer, workers included.", func(s *serverScrape, value valueFunc) {
		value(s.duration.Seconds())
	})
	answered := func(name, help string, of func(s *serverScrape) int64) {
		m.perServer(name, help, func(s *serverScrape, value valueFunc) {
			if s.answered {
				value(float64(of(s)))
			}
		})
	}
	answered("queues", "Queues that the server has, those that are not shown included.", func(s *serverScrape) int64 { return int64(s.known) })
	answered("queues_left_out", "Queues that are not shown because there are more than --max-queues.", func(s *serverScrape) int64 {
		return int64(len(s.leftOut))
	})
	answered("jobs_left_out", "Jobs of the queues that are not shown because there are more than --max-queues.", func(s *serverScrape) int64 {
		return servers.TotalJobs(s.leftOut)
	})
}

func (m *metricsBuilder) queues() {
	for _, metric := range servers.QueueMetrics() {
		m.Gauge(metric.Name, metric.Help)
		for i, s := range m.scrapes { // without a valueFunc, which costs an allocation for each of 100,000s of values
			for j := range s.queues {
				if n := metric.Of(&s.queues[j]); !wire.BelowZero(n) {
					m.ValueOf(m.labels[i], float64(n), output.LabelFunction, s.queues[j].Function)
				}
			}
		}
	}
}

func (m *metricsBuilder) priorities() {
	m.perServer("jobs_waiting_by_priority", "Waiting jobs by priority (gearmand 1.1.20 and later).", func(s *serverScrape, value valueFunc) {
		if len(s.priorities) == 0 {
			return
		}
		shown := make(map[string]bool, len(s.queues))
		for _, q := range s.queues {
			shown[q.Function] = true
		}
		for _, p := range s.priorities {
			if shown[p.Function] {
				value(float64(p.High), output.LabelFunction, p.Function, "priority", "high")
				value(float64(p.Normal), output.LabelFunction, p.Function, "priority", "normal")
				value(float64(p.Low), output.LabelFunction, p.Function, "priority", "low")
			}
		}
	})
}

func (m *metricsBuilder) workers() {
	m.perServer("worker_up", "1 when a Mod-Gearman worker responded, 0 when it is gone or did not answer in time.", func(s *serverScrape, value valueFunc) {
		for _, w := range s.workers {
			if w.state != workerNotQueried {
				value(output.BoolToFloat(w.state == workerResponded), labelWorker, workerLabel(&w))
			}
		}
	})
	m.perServer("worker_info", "1, with the name and version reported by the worker.", func(s *serverScrape, value valueFunc) {
		for _, w := range s.responding() {
			value(1, labelWorker, workerLabel(w), "name", w.Status.Name, "version", w.Status.Version)
		}
	})
	for _, f := range []struct {
		begin      func(name, help string)
		name, help string
		of         func(w *workerScrape) float64
	}{
		{m.Gauge, "answer_seconds", "How long a worker took to report its status.", func(w *workerScrape) float64 { return w.Duration.Seconds() }},
		{m.Gauge, "processes", "Processes or threads that a worker has for checks.", func(w *workerScrape) float64 { return float64(w.Status.Workers) }},
		{m.Gauge, "processes_min", "The fewest processes that a worker is configured to have.", func(w *workerScrape) float64 { return float64(w.Status.Min) }},
		{m.Gauge, "processes_max", "The most processes that a worker is configured to have.", func(w *workerScrape) float64 { return float64(w.Status.Max) }},
		{m.Gauge, "busy", "Jobs that a worker has in hand.", func(w *workerScrape) float64 { return float64(w.Status.Running) }},
		{m.Counter, "jobs_done_total", "Jobs that a worker has done since it was started.", func(w *workerScrape) float64 { return float64(w.Status.Jobs) }},
	} {
		f.begin("gearman_worker_"+f.name, f.help)
		m.each(func(s *serverScrape, value valueFunc) {
			for _, w := range s.responding() {
				value(f.of(w), labelWorker, workerLabel(w))
			}
		})
	}
}

func workerLabel(w *workerScrape) string { return strings.TrimPrefix(w.queue, modgearman.PrefixWorker) }
