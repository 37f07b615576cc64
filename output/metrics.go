package output

import (
	"bytes"
	"hash/maphash"
	"strings"
	"sync"
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
	// Each, if not nil, takes every family as soon as the next one starts, and the last one at End, instead of Families. It must
	// not keep the family, whose memory is used again: there may be 100,000s of values.
	Each func(*dto.MetricFamily) error

	// Distinct promises that no labels repeat in the families that follow, so that nothing has to be remembered of them.
	Distinct bool

	families []*dto.MetricFamily
	err      error                        // the first of Each
	values   reused[metricValue]          // of the last family; without Each of all
	labels   reused[*dto.LabelPair]       // of values
	seen     map[[2]uint64]struct{}       // hashes of the label values of the last family
	pairs    map[[2]string]*dto.LabelPair // by name and value: metrics share them
}

// LabelSet is labels that many values have.
type LabelSet []*dto.LabelPair

// metricValue is what belongs to a value.
type metricValue struct {
	metric  dto.Metric
	gauge   dto.Gauge
	counter dto.Counter
	value   float64
}

// Gauge starts a family of values that can go up and down. help is one line.
func (m *Metrics) Gauge(name, help string) { m.begin(name, help, dto.MetricType_GAUGE) }

// Counter starts a family of values that only grow. By convention its name ends in _total. help is one line.
func (m *Metrics) Counter(name, help string) { m.begin(name, help, dto.MetricType_COUNTER) }

func (m *Metrics) begin(name, help string, kind dto.MetricType) {
	family := &dto.MetricFamily{Name: &name, Help: &help, Type: &kind}
	if m.Each != nil && len(m.families) > 0 {
		m.give()
		family.Metric = m.families[0].Metric[:0]
		m.families = m.families[:0]
		m.values.reset()
		m.labels.reset()
	}
	m.families = append(m.Families(), family)
	if m.seen == nil {
		m.seen = map[[2]uint64]struct{}{}
	}
	clear(m.seen)
}

// give calls Each with the last family.
func (m *Metrics) give() {
	if len(m.families) > 0 && len(m.families[0].Metric) > 0 && m.err == nil {
		m.err = m.Each(m.families[0])
	}
}

// End ends the last family for Each, and returns the first error of Each.
func (m *Metrics) End() error {
	m.give()
	m.families = nil
	return m.err
}

// Labels returns the labels name, value, name, value … for ValueOf. Label values may contain any bytes.
func (m *Metrics) Labels(labels ...string) LabelSet {
	set := make(LabelSet, len(labels)/2)
	for i := range set {
		set[i] = m.pair(labels[2*i], labels[2*i+1])
	}
	return set
}

// Value adds a value to the last family. labels are name, value, name, value …. Label values may contain any bytes.
func (m *Metrics) Value(v float64, labels ...string) { m.ValueOf(nil, v, labels...) }

// ValueOf is Value with the labels of a set in front of the others.
func (m *Metrics) ValueOf(set LabelSet, v float64, labels ...string) {
	pairs := append(LabelSet(m.labels.take(len(set) + len(labels)/2))[:0], set...)
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, m.pair(labels[i], labels[i+1]))
	}
	if !m.Distinct && m.repeats(pairs) {
		return
	}
	all := &m.values.take(1)[0]
	all.value = v
	metric := &all.metric
	metric.Label, metric.Gauge, metric.Counter = pairs, nil, nil
	family := m.families[len(m.families)-1]
	if family.GetType() == dto.MetricType_COUNTER {
		all.counter.Value, metric.Counter = &all.value, &all.counter
	} else {
		all.gauge.Value, metric.Gauge = &all.value, &all.gauge
	}
	family.Metric = append(family.Metric, metric)
}

// repeats reports whether the last family has a value with these labels, and takes them as seen.
func (m *Metrics) repeats(pairs LabelSet) bool {
	key := hashOf(pairs)
	_, twice := m.seen[key]
	m.seen[key] = struct{}{}
	return twice
}

// hashSeeds make two label sets with the same hash, which would lose one of them, as good as impossible.
var hashSeeds = sync.OnceValue(func() [2]maphash.Seed { return [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()} })

// hashOf returns a hash of shared pairs.
func hashOf(pairs LabelSet) (key [2]uint64) {
	for i, seed := range hashSeeds() {
		var h maphash.Hash
		h.SetSeed(seed)
		for _, p := range pairs {
			maphash.WriteComparable(&h, p)
		}
		key[i] = h.Sum64()
	}
	return key
}

func (m *Metrics) pair(name, value string) *dto.LabelPair {
	pair := m.pairs[[2]string{name, value}]
	if pair == nil {
		if m.pairs == nil {
			m.pairs = map[[2]string]*dto.LabelPair{}
		}
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

// reused gives out parts of blocks, all of them again after reset.
type reused[T any] struct {
	blocks [][]T
	block  int // that is given out
	next   int // in it
}

// take returns n values, which may have been used before.
func (r *reused[T]) take(n int) []T {
	const size = 1024
	for r.block < len(r.blocks) && r.next+n > len(r.blocks[r.block]) {
		r.block, r.next = r.block+1, 0
	}
	if r.block == len(r.blocks) {
		r.blocks = append(r.blocks, make([]T, max(size, n)))
	}
	r.next += n
	return r.blocks[r.block][r.next-n : r.next : r.next]
}

func (r *reused[T]) reset() { r.block, r.next = 0, 0 }

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
