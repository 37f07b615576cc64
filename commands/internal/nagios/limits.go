package nagios

import (
	"fmt"
	"strings"

	"gearctl/wire"
)

// Metric is a number of a queue that can have thresholds.
type Metric int

// The metrics, in the order in which they are checked.
const (
	MetricWaiting Metric = iota
	MetricRunning
	MetricWorkers
	metricHigh
	metricNormal
	metricLow
	NumMetrics // the number of metrics
)

var metricNames = [NumMetrics]string{"waiting", "running", "workers", "high", "normal", "low"}

// String returns the name of the metric in rules.
func (m Metric) String() string { return metricNames[m] }

// ByPriority reports whether the metric comes from prioritystatus, not status.
func (m Metric) ByPriority() bool { return m >= metricHigh }

// parseMetric returns the metric of that name.
func parseMetric(name string) (Metric, error) {
	for m, known := range metricNames {
		if known == name {
			return Metric(m), nil
		}
	}
	return 0, fmt.Errorf("%.40q is none of %s", name, strings.Join(metricNames[:], ", "))
}

// Limits are the thresholds of one number.
type Limits struct{ Warning, Critical Range }

// State returns the state of a value and the range that it violates.
func (l Limits) State(v float64) (int, Range) {
	switch {
	case l.Critical.Alerts(v):
		return StateCritical, l.Critical
	case l.Warning.Alerts(v):
		return StateWarning, l.Warning
	}
	return StateOK, Range{}
}

// IsZero reports whether there are no thresholds.
func (l *Limits) IsZero() bool { return l.Warning.IsZero() && l.Critical.IsZero() }

// splitLimits reads WARNING,CRITICAL, either of which may be left out: one range alone, without a comma, is the
// critical one.
func splitLimits(text string) (Limits, error) {
	warning, critical, comma := strings.Cut(text, ",")
	if !comma {
		warning, critical = "", text
	}
	if warning == "" && critical == "" {
		return Limits{}, fmt.Errorf("%.60q: not a range; write WARNING,CRITICAL or CRITICAL", text)
	}
	return ParseLimits(warning, critical)
}

// ParseLimits reads two ranges; an empty text is none.
func ParseLimits(warning, critical string) (l Limits, err error) {
	for _, part := range []struct {
		text string
		to   *Range
	}{{warning, &l.Warning}, {critical, &l.Critical}} {
		if part.text == "" {
			continue
		}
		if *part.to, err = ParseRange(part.text); err != nil {
			return Limits{}, fmt.Errorf("%.60q: %w", part.text, err)
		}
	}
	return l, nil
}

// QueueLimits are the thresholds of a queue, by metric.
type QueueLimits [NumMetrics]Limits

// Fill sets what q lacks to the general thresholds.
func (q *QueueLimits) Fill(general *QueueLimits) {
	for m := range q {
		if q[m].IsZero() {
			q[m] = general[m]
		}
	}
}

// ByPriority reports whether prioritystatus is needed.
func (q *QueueLimits) ByPriority() bool {
	for m := metricHigh; m < NumMetrics; m++ {
		if !q[m].IsZero() {
			return true
		}
	}
	return false
}

// MetricValue returns a metric of a queue; ok is false if the server did not report it.
func MetricValue(m Metric, q *wire.FunctionStatus, p *wire.PriorityStatus) (value int64, ok bool) {
	switch m {
	case MetricWaiting:
		return q.Waiting(), true
	case MetricRunning:
		return q.Running, true
	case MetricWorkers:
		return q.Workers, true
	}
	if p == nil {
		return 0, false
	}
	return [...]int64{p.High, p.Normal, p.Low}[m-metricHigh], true
}
