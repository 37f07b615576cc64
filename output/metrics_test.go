package output

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// addMetrics adds families of all kinds, an empty one and a value with repeated labels.
func addMetrics(m *Metrics) {
	m.Gauge("a", "What a is.")
	m.Value(1.5)
	m.Value(math.Inf(1), "q", "x\\y\"\nz")
	m.Value(2, "q", "\xff", "r", "")
	m.Value(3, "q", "\xff", "r", "") // twice
	m.ValueOf(m.Labels("q", "\xff"), 4, "r", "")
	m.ValueOf(m.Labels("q", "y", "s", "t"), 5, "r", "")
	m.Gauge("empty", "Has no value.")
	m.Counter("b_total", "What b is.")
	m.Value(1e7, "q", "x")
	m.Gauge("c", "What c is.")
	m.Value(7)
	m.Gauge("last", "Has no value.")
}

const addedMetrics = `# HELP a What a is.
# TYPE a gauge
a 1.5
a{q="x\\y\"\nz"} +Inf
a{q="\\xff",r=""} 2
a{q="y",s="t",r=""} 5
# HELP b_total What b is.
# TYPE b_total counter
b_total{q="x"} 1e+07
# HELP c What c is.
# TYPE c gauge
c 7
`

func TestMetrics(t *testing.T) {
	var m Metrics
	addMetrics(&m)
	if text, err := m.Text(); err != nil || string(text) != addedMetrics {
		t.Errorf("%v\n%s", err, cmp.Diff(addedMetrics, string(text)))
	}
}

// What is given away family by family is the same, though its memory is used again.
func TestMetricsFamilyByFamily(t *testing.T) {
	var b bytes.Buffer
	m := Metrics{Each: func(family *dto.MetricFamily) error {
		counter := family.GetType() == dto.MetricType_COUNTER
		for _, v := range family.GetMetric() {
			if (v.GetCounter() != nil) != counter || (v.GetGauge() != nil) == counter {
				t.Errorf("%s has a value of another type: %v", family.GetName(), v)
			}
		}
		_, err := expfmt.MetricFamilyToText(&b, family)
		return err
	}}
	addMetrics(&m)
	if err := m.End(); err != nil || b.String() != addedMetrics {
		t.Errorf("%v\n%s", err, cmp.Diff(addedMetrics, b.String()))
	}
	n, full := 0, errors.New("full")
	m = Metrics{Each: func(*dto.MetricFamily) error {
		n++
		return full
	}}
	addMetrics(&m)
	if err := m.End(); err != full || n != 1 {
		t.Errorf("after an error %d families are given, and the end is %v", n, err)
	}
}

func FuzzLabelValue(f *testing.F) {
	f.Add("\xff", `\xff`)
	f.Add(`\\xff`, `\`+"\xff")
	f.Add(`\x\xffa`, "")
	f.Fuzz(func(t *testing.T, a, b string) {
		va, vb := labelValue(a), labelValue(b)
		if !utf8.ValidString(va) || a != b && va == vb {
			t.Errorf("%q and %q become %q and %q", a, b, va, vb)
		}
	})
}
