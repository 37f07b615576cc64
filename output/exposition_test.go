package output

import (
	"math"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestExposition(t *testing.T) {
	var e Exposition
	e.Gauge("a", "What a is.")
	e.Value(1.5)
	e.Value(math.Inf(1), "q", "x\\y\"\nz")
	e.Value(2, "q", "\xff", "r", "")
	e.Value(3, "q", "\xff", "r", "") // twice
	e.Gauge("empty", "Has no value.")
	e.Counter("b_total", "What b is.")
	e.Value(1e7, "q", "x")
	want := `# HELP a What a is.
# TYPE a gauge
a 1.5
a{q="x\\y\"\nz"} +Inf
a{q="\\xff",r=""} 2
# HELP b_total What b is.
# TYPE b_total counter
b_total{q="x"} 1e+07
`
	if diff := cmp.Diff(want, string(e.Bytes())); diff != "" {
		t.Error(diff)
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
