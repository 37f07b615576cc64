package nagios

import (
	"math"
	"testing"
)

// TestRangesOfTheGuidelines is the table of the Monitoring Plugins guidelines, and what they leave to reason.
func TestRangesOfTheGuidelines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text       string
		quiet, bad []float64
	}{
		{"10", []float64{0, 5.5, 10}, []float64{-0.1, 10.1, 1e9}},
		{"10:", []float64{10, 1e300, math.Inf(1)}, []float64{9.99, 0, -1}},
		{"~:10", []float64{-1e300, 0, 10}, []float64{10.01}},
		{"10:20", []float64{10, 15, 20}, []float64{9.9, 20.1}},
		{"@10:20", []float64{9.9, 20.1, -1}, []float64{10, 15, 20}},
		{":10", []float64{0, 10}, []float64{-1, 11}},
		{"@10", []float64{-1, 11}, []float64{0, 10}},
		{"@~:10", []float64{10.1}, []float64{10, -1e9}},
		{"@10:", []float64{9}, []float64{10, 1e9}},
		{"~:", []float64{-1e9, 0, 1e9}, nil},
		{"@~:", nil, []float64{-1e9, 0, 1e9}},
		{"1:", []float64{1, 2}, []float64{0}},
		{"0", []float64{0}, []float64{1, -1}},
		{"0:0", []float64{0}, []float64{1, -1}},
		{"@0", []float64{1}, []float64{0}},
		{"-20:-10", []float64{-20, -15, -10}, []float64{-21, -9, 0}},
		{"0.5:1.5", []float64{0.5, 1, 1.5}, []float64{0.4, 1.6}},
		{".5", []float64{0.5}, []float64{0.6}},
	} {
		r, err := ParseRange(tt.text)
		if err != nil {
			t.Errorf("ParseRange(%q): %v", tt.text, err)
			continue
		}
		if r.String() != tt.text {
			t.Errorf("ParseRange(%q).String() = %q", tt.text, r)
		}
		for _, v := range tt.quiet {
			if r.Alerts(v) {
				t.Errorf("%q alerts for %v", tt.text, v)
			}
		}
		for _, v := range append(tt.bad, math.NaN()) {
			if !r.Alerts(v) {
				t.Errorf("%q does not alert for %v", tt.text, v)
			}
		}
	}
}

func TestRangesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", ":", "@", "@:", "~", "10:~", "20:10", "-1", "@20:10", "1,5", "1e3", "0x10", "inf", "nan", "+5", "1 0", " 10", "10 ", "10:20:30",
		"@@10", "--5", "1.2.3", "-", ".", "1-2", "~10", "~~:1", "10%", "5s", "1_000", "١",
	} {
		if r, err := ParseRange(text); err == nil {
			t.Errorf("ParseRange(%q) = %+v, want an error", text, r)
		}
	}
	if (Range{}).Alerts(math.NaN()) || !(Range{}).IsZero() {
		t.Error("the zero Range alerts")
	}
}

// FuzzRange compares with a reading of the guidelines that goes the other way about: by the one place where a range
// may change its mind.
func FuzzRange(f *testing.F) {
	for _, s := range []string{"10", "10:", "~:10", "10:20", "@10:20", ":10", "@~:10", "-5:-1", "20:10", "~:", "1:2:3", "@", "0.1:0.2"} {
		f.Add(s, 10.0)
	}
	f.Fuzz(func(t *testing.T, s string, v float64) {
		r, err := ParseRange(s)
		if err != nil {
			if !r.IsZero() {
				t.Fatalf("%q: an error and a range", s)
			}
			return
		}
		if r.String() != s || r.IsZero() {
			t.Fatalf("%q became %q", s, r)
		}
		again, err := ParseRange(r.String())
		if err != nil || again != r {
			t.Fatalf("%q: a second reading gave %+v, %v", s, again, err)
		}
		if r.start > r.end || math.IsNaN(r.start) || math.IsNaN(r.end) {
			t.Fatalf("%q: from %v to %v", s, r.start, r.end)
		}
		if math.IsNaN(v) {
			return
		}
		turned := r
		turned.inside = !r.inside
		if r.Alerts(v) == turned.Alerts(v) {
			t.Fatalf("%q and its opposite say the same of %v", s, v)
		}
		if outside := v < r.start || v > r.end; r.Alerts(v) != (outside != r.inside) {
			t.Fatalf("%q: wrong for %v", s, v)
		}
	})
}
