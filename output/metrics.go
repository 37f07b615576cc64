package output

import (
	"bytes"
	"strings"
	"unicode/utf8"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// The labels that several metrics have.
const (
	LabelServer   = "server"
	LabelFunction = "function"
)

// Bit is how a metric says yes or no.
func Bit(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// Metrics collects Prometheus metrics. Gauge or Counter starts a family, once per name; Value adds to the last one. Empty
// families and values with repeated labels are dropped: Prometheus would reject the whole scrape.
type Metrics struct {
	families []*dto.MetricFamily
	seen     map[string]struct{} // label values of the last family
}

// Gauge starts a family of values that can go up and down. help is one line.
func (m *Metrics) Gauge(name, help string) { m.begin(name, help, dto.MetricType_GAUGE) }

// Counter starts a family of values that only grow. By convention its name ends in _total. help is one line.
func (m *Metrics) Counter(name, help string) { m.begin(name, help, dto.MetricType_COUNTER) }

func (m *Metrics) begin(name, help string, kind dto.MetricType) {
	m.families = append(m.Families(), &dto.MetricFamily{Name: &name, Help: &help, Type: &kind})
	m.seen = map[string]struct{}{}
}

// Value adds a value to the last family. labels are name, value, name, value …; Value keeps and may change the slice.
// Label values may contain any bytes.
func (m *Metrics) Value(v float64, labels ...string) {
	pairs := make([]dto.LabelPair, len(labels)/2)
	metric := &dto.Metric{Label: make([]*dto.LabelPair, len(pairs))}
	key := ""
	for i := range pairs {
		name, value := &labels[2*i], &labels[2*i+1]
		*value = labelValue(*value)
		pairs[i].Name, pairs[i].Value, metric.Label[i] = name, value, &pairs[i]
		key += *value + "\xff"
	}
	if _, twice := m.seen[key]; twice {
		return
	}
	m.seen[key] = struct{}{}
	family := m.families[len(m.families)-1]
	if family.GetType() == dto.MetricType_COUNTER {
		metric.Counter = &dto.Counter{Value: &v}
	} else {
		metric.Gauge = &dto.Gauge{Value: &v}
	}
	family.Metric = append(family.Metric, metric)
}

// Families returns the families that have at least one value.
func (m *Metrics) Families() []*dto.MetricFamily {
	if last := len(m.families) - 1; last >= 0 && len(m.families[last].Metric) == 0 {
		m.families = m.families[:last]
	}
	return m.families
}

// Text returns the metrics in the Prometheus text format, version 0.0.4.
func (m *Metrics) Text() ([]byte, error) {
	var b bytes.Buffer
	for _, family := range m.Families() {
		if _, err := expfmt.MetricFamilyToText(&b, family); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// labelValue returns s as UTF-8, as labels must be. Bytes that are not UTF-8 become \xNN. If s has any, or contains text
// that looks like \xNN, backslashes are doubled, so that different strings stay different.
func labelValue(s string) string {
	if utf8.ValidString(s) && !LooksEscaped(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.Write([]byte{'\\', 'x', hexDigits[s[i]>>4], hexDigits[s[i]&15]})
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// LooksEscaped reports whether s contains \xNN.
func LooksEscaped(s string) bool {
	for {
		_, after, ok := strings.Cut(s, `\x`)
		if !ok {
			return false
		}
		if len(after) >= 2 && isHex(after[0]) && isHex(after[1]) {
			return true
		}
		s = after
	}
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }
