package nagios

import (
	"strings"
	"testing"
)

// sayLimits writes thresholds as a rule does.
func sayLimits(q QueueLimits) string {
	var b strings.Builder
	for m, l := range q {
		if !l.IsZero() {
			b.WriteString(":" + Metric(m).String() + "=" + l.Warning.String() + "," + l.Critical.String())
		}
	}
	return b.String()
}

func TestParseRule(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, glob, limits string
		optional           bool
	}{
		{"hostgroup_*:waiting=100,500:workers=1:", "hostgroup_*", ":waiting=100,500:workers=,1:", false},
		{"*:workers=1::waiting=@10:20,~:5", "*", ":waiting=@10:20,~:5:workers=,1:", false},
		{"a:waiting=100,", "a", ":waiting=100,", false},
		{"a:waiting=,100", "a", ":waiting=,100", false},
		{"a:waiting=:5", "a", ":waiting=,:5", false},
		{"a:b:low=5:high=1:2,3:4", "a:b", ":high=1:2,3:4:low=,5", false},
		{"my group:running=7:optional", "my group", ":running=,7", true},
		{"q[12]:optional:normal=7", "q[12]", ":normal=,7", true},
		{"optional:workers=1:", "optional", ":workers=,1:", false},
		{"gm1:4730:waiting=9", "gm1:4730", ":waiting=,9", false},
	} {
		r, err := ParseRule(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := sayLimits(r.Limits); r.Glob != tt.glob || got != tt.limits || r.Optional != tt.optional {
			t.Errorf("%q: got %q %q %v, want %q %q %v", tt.text, r.Glob, got, r.Optional, tt.glob, tt.limits, tt.optional)
		}
	}
}

func TestRulesThatAreNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "no queue",
		"a":                       "missing threshold",
		"a:":                      "missing threshold",
		"a:optional":              "missing threshold",
		":waiting=1":              "missing threshold",
		"a:wating=1":              `"wating" is none of waiting, running`,
		"a:waiting=1:wrkers=1:":   `"wrkers" is none of`,
		"a:waiting=":              "not a range",
		"a:waiting=,":             "not a range",
		"a:waiting=5:1":           "5 is over 1",
		"a:waiting=1,2,3":         "not a range",
		"a:waiting=1:waiting=2":   "waiting is given twice",
		"a:waiting=1 :workers=1:": "not a range",
		"[a:waiting=1":            "unclosed [",
		"a:Waiting=1":             "missing threshold",
	} {
		if r, err := ParseRule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v, want an error with %q", text, r, err, want)
		}
	}
}

// FuzzParseRule writes what it has read, and reads the same again.
func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"hostgroup_*:waiting=100,500:workers=1:", "a:b:low=5", "a:optional:high=1", "::waiting=1", "a:waiting=1::workers=:2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			return
		}
		written := r.Glob + sayLimits(r.Limits)
		if r.Optional {
			written += ":optional"
		}
		again, err := ParseRule(written)
		if err != nil || *again != *r {
			t.Fatalf("%q was read as %q, and that as %+v, %v", text, written, again, err)
		}
		r.Match(text)
	})
}

// TestGeneralThresholdsApplyToMetricsThatARuleDoesNotName, also if it names them with one of two thresholds.
func TestGeneralThresholdsApplyToMetricsThatARuleDoesNotName(t *testing.T) {
	limits := func(warning, critical string) Limits {
		l, err := ParseLimits(warning, critical)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	general := limits("7", "8")
	for _, own := range []Limits{limits("1", ""), limits("", "2"), limits("1", "2")} {
		q, all := QueueLimits{MetricWaiting: own}, QueueLimits{MetricWaiting: general, MetricWorkers: general}
		q.Fill(&all)
		if q[MetricWaiting] != own || q[MetricWorkers] != general || !q[MetricRunning].IsZero() {
			t.Errorf("%+v became %+v", own, q)
		}
	}
}
