package output

import (
	"math"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestMetrics(t *testing.T) {
	var m Metrics
	m.Gauge("a", "What a is.")
	m.Value(1.5)
	m.Value(math.Inf(1), "q", "x\\y\"\nz")
	m.Value(2, "q", "\xff", "r", "")
	m.Value(3, "q", "\xff", "r", "") // twice
	m.Gauge("empty", "Has no value.")
	m.Counter("b_total", "What b is.")
	m.Value(1e7, "q", "x")
	want := `# HELP a What a is.
# TYPE a gauge
a 1.5
a{q="x\\y\"\nz"} +Inf
a{q="\\xff",r=""} 2
# HELP b_total What b is.
# TYPE b_total counter
b_total{q="x"} 1e+07
`
	if text, err := m.Text(); err != nil || string(text) != want {
		t.Errorf("%v\n%s", err, cmp.Diff(want, string(text)))
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
