package commands

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"gearctl/wire/modgearman"
)

// The labels that several metrics have.
const (
	labelServer   = "server"
	labelFunction = "function"
	labelWorker   = "worker"
)

// exporterMetrics are the metrics of a scrape.
type exporterMetrics struct {
	up, version, duration               *prometheus.Desc
	known, leftOut, leftOutJobs         *prometheus.Desc
	jobs, running, waiting, workers     *prometheus.Desc
	priority                            *prometheus.Desc
	workerUp, workerInfo, workerTime    *prometheus.Desc
	processes, fewest, most, busy, done *prometheus.Desc
}

func newExporterMetrics() *exporterMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("gearman_"+name, help, append([]string{labelServer}, labels...), nil)
	}
	return &exporterMetrics{
		up:          desc("up", "1 when the server answered all that it was asked, else 0."),
		version:     desc("version_info", "1, with the version of the server; unknown when it did not tell.", "version"),
		duration:    desc("scrape_duration_seconds", "How long the server took to answer, workers included."),
		known:       desc("queues", "Queues that the server has, those that are not shown included."),
		leftOut:     desc("queues_left_out", "Queues that are not shown because there are more than --max-queues."),
		leftOutJobs: desc("jobs_left_out", "Jobs of the queues that are not shown because there are more than --max-queues."),
		jobs:        desc("jobs", "Jobs of a queue: waiting, running and cancelled ones.", labelFunction),
		running:     desc("jobs_running", "Jobs that workers have in hand.", labelFunction),
		waiting:     desc("jobs_waiting", "Jobs that no worker has in hand.", labelFunction),
		workers:     desc("workers", "Connections that can do the jobs of a queue.", labelFunction),
		priority:    desc("jobs_waiting_by_priority", "Waiting jobs by priority (gearmand 1.1.20 and later).", labelFunction, "priority"),
		workerUp:    desc("worker_up", "1 when a Mod-Gearman worker told its state, 0 when it is gone or did not answer in time.", labelWorker),
		workerInfo:  desc("worker_info", "1, with the name and version that a worker tells.", labelWorker, "name", "version"),
		workerTime:  desc("worker_answer_seconds", "How long a worker took to tell its state.", labelWorker),
		processes:   desc("worker_processes", "Processes or threads that a worker has for checks.", labelWorker),
		fewest:      desc("worker_processes_min", "The fewest processes that a worker is configured to have.", labelWorker),
		most:        desc("worker_processes_max", "The most processes that a worker is configured to have.", labelWorker),
		busy:        desc("worker_busy", "Jobs that a worker has in hand.", labelWorker),
		done:        desc("worker_jobs_done_total", "Jobs that a worker has done since it was started.", labelWorker),
	}
}

// scraped makes metrics of what servers gave.
type scraped struct {
	*exporterMetrics
	scrapes []*serverScrape
}

// Describe announces the metrics.
func (m *scraped) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		m.up, m.version, m.duration, m.known, m.leftOut, m.leftOutJobs, m.jobs, m.running, m.waiting, m.workers, m.priority,
		m.workerUp, m.workerInfo, m.workerTime, m.processes, m.fewest, m.most, m.busy, m.done,
	} {
		ch <- d
	}
}

// Collect sends the metrics. No two may have the same labels: that would fail the scrape of all servers.
func (m *scraped) Collect(ch chan<- prometheus.Metric) {
	for _, s := range m.scrapes {
		set := &metricSet{ch, labelValue(s.server)}
		m.collectServer(set, s)
		m.collectQueues(set, s)
		for _, w := range s.workers {
			m.collectWorker(set, w)
		}
	}
}

func (m *scraped) collectServer(set *metricSet, s *serverScrape) {
	up := 0
	if s.up() {
		up = 1
	}
	set.gauge(m.up, float64(up))
	set.gauge(m.version, 1, s.version)
	set.gauge(m.duration, s.took.Seconds())
	if !s.answered {
		return
	}
	var jobs int64
	for _, q := range s.leftOut {
		jobs += q.Total
	}
	set.gauge(m.known, float64(s.known))
	set.gauge(m.leftOut, float64(len(s.leftOut)))
	set.gauge(m.leftOutJobs, float64(jobs))
}

func (m *scraped) collectQueues(set *metricSet, s *serverScrape) {
	shown := make(map[string]bool, len(s.queues))
	for _, q := range s.queues {
		shown[q.Function] = true
		set.gauge(m.jobs, float64(q.Total), q.Function)
		set.gauge(m.running, float64(q.Running), q.Function)
		set.gauge(m.waiting, float64(q.Waiting()), q.Function)
		set.gauge(m.workers, float64(q.Workers), q.Function)
	}
	for _, p := range s.priorities {
		if !shown[p.Function] { // not asked for, or there already
			continue
		}
		delete(shown, p.Function)
		set.gauge(m.priority, float64(p.High), p.Function, "high")
		set.gauge(m.priority, float64(p.Normal), p.Function, "normal")
		set.gauge(m.priority, float64(p.Low), p.Function, "low")
	}
}

func (m *scraped) collectWorker(set *metricSet, w workerScrape) {
	name := strings.TrimPrefix(w.queue, modgearman.PrefixWorker)
	switch w.state {
	case workerUnasked:
		return
	case workerSilent:
		set.gauge(m.workerUp, 0, name)
		return
	}
	set.gauge(m.workerUp, 1, name)
	set.gauge(m.workerInfo, 1, name, w.status.Name, w.status.Version)
	set.gauge(m.workerTime, w.took.Seconds(), name)
	set.gauge(m.processes, float64(w.status.Workers), name)
	set.gauge(m.fewest, float64(w.status.Min), name)
	set.gauge(m.most, float64(w.status.Max), name)
	set.gauge(m.busy, float64(w.status.Running), name)
	set.send(m.done, prometheus.CounterValue, float64(w.status.Jobs), name)
}

// metricSet sends metrics of a server.
type metricSet struct {
	ch     chan<- prometheus.Metric
	server string
}

func (s *metricSet) gauge(d *prometheus.Desc, v float64, labels ...string) {
	s.send(d, prometheus.GaugeValue, v, labels...)
}

// send sends a metric; labels are those behind server, as servers and workers tell them.
func (s *metricSet) send(d *prometheus.Desc, t prometheus.ValueType, v float64, labels ...string) {
	values := append(make([]string, 0, 1+len(labels)), s.server)
	for _, l := range labels {
		values = append(values, labelValue(l))
	}
	s.ch <- prometheus.MustNewConstMetric(d, t, v, values...)
}
