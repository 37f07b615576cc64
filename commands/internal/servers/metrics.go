package servers

import "gearctl/wire"

// The metric of each server, in exporter and health. The texts of metrics are the same wherever they are written: of two files,
// node_exporter drops what has another text in the second.
const (
	MetricUp     = "gearman_up"
	MetricUpHelp = "1 if the server answered every query, else 0."
)

// QueueMetric is a metric of each queue, in exporter and health. Of may return a number below zero, which is not shown.
type QueueMetric struct {
	Name, Help string
	Of         func(*wire.FunctionStatus) int64
}

// QueueMetrics are in the order in which they are written.
func QueueMetrics() []QueueMetric {
	return []QueueMetric{
		{"gearman_jobs", "Jobs of a queue: waiting, running and cancelled ones.", func(q *wire.FunctionStatus) int64 { return q.Total }},
		{"gearman_jobs_running", "Jobs that workers have in hand.", func(q *wire.FunctionStatus) int64 { return q.Running }},
		{"gearman_jobs_waiting", "Jobs that no worker has in hand.", (*wire.FunctionStatus).Waiting},
		{"gearman_workers", "Connections that can do the jobs of a queue.", func(q *wire.FunctionStatus) int64 { return q.Workers }},
	}
}
