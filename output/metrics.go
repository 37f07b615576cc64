package output

import (
	"bytes"
	"encoding/binary"
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

// BoolToFloat returns 1 or 0, as metrics express true and false.
func BoolToFloat(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Metrics collects Prometheus metrics. Gauge or Counter starts a family, once per name; Value adds to the last one. Empty
// families and values with repeated labels are dropped: Prometheus would reject the whole scrape.
type Metrics struct {
	families []*dto.MetricFamily
	seen     map[string]struct{}          // label values of the last family
	pairs    map[[2]string]*dto.LabelPair // by name and value: metrics share them
	key      []byte                       // of seen
}

// Gauge starts a family of values that can go up and down. help is one line.
func (m *Metrics) Gauge(name, help string) { m.begin(name, help, dto.MetricType_GAUGE) }

// Counter starts a family of values that only grow. By convention its name ends in _total. help is one line.
func (m *Metrics) Counter(name, help string) { m.begin(name, help, dto.MetricType_COUNTER) }

func (m *Metrics) begin(name, help string, kind dto.MetricType) {
	m.families = append(m.Families(), &dto.MetricFamily{Name: &name, Help: &help, Type: &kind})
	if m.seen == nil {
		m.seen, m.pairs = map[string]struct{}{}, map[[2]string]*dto.LabelPair{}
	}
	clear(m.seen)
}

// Value adds a value to the last family. labels are name, value, name, value …. Label values may contain any bytes.
func (m *Metrics) Value(v float64, labels ...string) {
	m.key = m.key[:0]
	for i := 1; i < len(labels); i += 2 {
		m.key = append(binary.AppendUvarint(m.key, uint64(len(labels[i]))), labels[i]...)
	}
	if _, twice := m.seen[string(m.key)]; twice {
		return
	}
	m.seen[string(m.key)] = struct{}{}
	// one allocation for what belongs together: there may be 100,000s of values
	all := &struct {
		metric dto.Metric
		gauge  dto.Gauge
		value  float64
	}{value: v}
	metric := &all.metric
	metric.Label = make([]*dto.LabelPair, len(labels)/2)
	for i := range metric.Label {
		metric.Label[i] = m.pair(labels[2*i], labels[2*i+1])
	}
	family := m.families[len(m.families)-1]
	if family.GetType() == dto.MetricType_COUNTER {
		metric.Counter = &dto.Counter{Value: &all.value}
	} else {
		all.gauge.Value, metric.Gauge = &all.value, &all.gauge
	}
	family.Metric = append(family.Metric, metric)
}

func (m *Metrics) pair(name, value string) *dto.LabelPair {
	pair := m.pairs[[2]string{name, value}]
	if pair == nil {
		pair = &dto.LabelPair{Name: new(name), Value: new(labelValue(value))}
		m.pairs[[2]string{name, value}] = pair
	}
	return pair
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
