package commands

import (
	"fmt"
	"strings"

	"gearctl/output"
	"gearctl/wire"
)

// queueMetric is a number of a queue that thresholds may judge.
type queueMetric int

// The metrics, in the order in which they are judged.
const (
	metricWaiting queueMetric = iota
	metricRunning
	metricWorkers
	metricHigh
	metricNormal
	metricLow
	queueMetrics // how many there are
)

var metricNames = [queueMetrics]string{"waiting", "running", "workers", "high", "normal", "low"}

func (m queueMetric) String() string { return metricNames[m] }

// byPriority reports whether prioritystatus tells the metric, not status.
func (m queueMetric) byPriority() bool { return m >= metricHigh }

// parseMetric returns the metric of that name.
func parseMetric(name string) (queueMetric, error) {
	for m, known := range metricNames {
		if known == name {
			return queueMetric(m), nil
		}
	}
	return 0, fmt.Errorf("%.40q is none of %s", name, strings.Join(metricNames[:], ", "))
}

// limits are the thresholds of one number.
type limits struct{ warning, critical output.Range }

// state returns the state of a value and the range that says so.
func (l limits) state(v float64) (int, output.Range) {
	switch {
	case l.critical.Alerts(v):
		return stateCritical, l.critical
	case l.warning.Alerts(v):
		return stateWarning, l.warning
	}
	return stateOK, output.Range{}
}

func (l *limits) isZero() bool { return l.warning.IsZero() && l.critical.IsZero() }

// parseLimits reads WARNING,CRITICAL, either of which may be left out: one range alone, without a comma, is the
// critical one.
func parseLimits(text string) (limits, error) {
	warning, critical, comma := strings.Cut(text, ",")
	if !comma {
		warning, critical = "", text
	}
	if warning == "" && critical == "" {
		return limits{}, fmt.Errorf("%.60q: not a range; write WARNING,CRITICAL or CRITICAL", text)
	}
	return newLimits(warning, critical)
}

// newLimits reads two ranges; an empty text is none.
func newLimits(warning, critical string) (l limits, err error) {
	for _, part := range []struct {
		text string
		to   *output.Range
	}{{warning, &l.warning}, {critical, &l.critical}} {
		if part.text == "" {
			continue
		}
		if *part.to, err = output.ParseRange(part.text); err != nil {
			return limits{}, fmt.Errorf("%.60q: %w", part.text, err)
		}
	}
	return l, nil
}

// queueLimits are the thresholds of a queue, by metric.
type queueLimits [queueMetrics]limits

// fill takes what q lacks from the general thresholds.
func (q *queueLimits) fill(general *queueLimits) {
	for m := range q {
		if q[m].isZero() {
			q[m] = general[m]
		}
	}
}

// byPriority reports whether prioritystatus is needed.
func (q *queueLimits) byPriority() bool {
	for m := metricHigh; m < queueMetrics; m++ {
		if !q[m].isZero() {
			return true
		}
	}
	return false
}

// metricValue returns a metric of a queue; ok is false when the server did not tell it.
func metricValue(m queueMetric, q *wire.FunctionStatus, p *wire.PriorityStatus) (value int64, ok bool) {
	switch m {
	case metricWaiting:
		return q.Waiting(), true
	case metricRunning:
		return q.Running, true
	case metricWorkers:
		return q.Workers, true
	}
	if p == nil {
		return 0, false
	}
	return [...]int64{p.High, p.Normal, p.Low}[m-metricHigh], true
}
