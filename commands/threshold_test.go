package commands

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// sayLimits writes thresholds as a rule does.
func sayLimits(q queueLimits) string {
	var b strings.Builder
	for m, l := range q {
		if !l.isZero() {
			b.WriteString(":" + queueMetric(m).String() + "=" + l.warning.String() + "," + l.critical.String())
		}
	}
	return b.String()
}

func TestParseRule(t *testing.T) {
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
		r, err := parseRule(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := sayLimits(r.limits); r.glob != tt.glob || got != tt.limits || r.optional != tt.optional {
			t.Errorf("%q: got %q %q %v, want %q %q %v", tt.text, r.glob, got, r.optional, tt.glob, tt.limits, tt.optional)
		}
	}
}

func TestRulesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "no queue",
		"a":                       "no threshold",
		"a:":                      "no threshold",
		"a:optional":              "no threshold",
		":waiting=1":              "no threshold",
		"a:wating=1":              `"wating" is none of waiting, running`,
		"a:waiting=1:wrkers=1:":   `"wrkers" is none of`,
		"a:waiting=":              "no range",
		"a:waiting=,":             "no range",
		"a:waiting=5:1":           "5 is over 1",
		"a:waiting=1,2,3":         "not a range",
		"a:waiting=1:waiting=2":   "waiting stands there twice",
		"a:waiting=1 :workers=1:": "not a range",
		"[a:waiting=1":            "never closed",
		"a:Waiting=1":             "no threshold",
	} {
		if r, err := parseRule(text); err == nil || !strings.Contains(err.Error(), want) {
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
		r, err := parseRule(text)
		if err != nil {
			return
		}
		written := r.glob + sayLimits(r.limits)
		if r.optional {
			written += ":optional"
		}
		again, err := parseRule(written)
		if err != nil || *again != *r {
			t.Fatalf("%q was read as %q, and that as %+v, %v", text, written, again, err)
		}
		r.match(text)
	})
}

func TestRuleFile(t *testing.T) {
	f, err := parseRuleFile([]byte(`# thresholds
rules:
  - queue: hostgroup_*
    waiting: 100,500
    workers: "1:"
  - queue: perfdata
    running: 5
    optional: true
  - queue: "*"
require: [check_results]
exclude:
  - worker_*
`))
	if err != nil || len(f.rules) != 3 || len(f.Require) != 1 || len(f.Exclude) != 1 {
		t.Fatalf("got %+v, %v", f, err)
	}
	for i, want := range []string{":waiting=100,500:workers=,1:", ":running=,5", ""} {
		if got := sayLimits(f.rules[i].limits); got != want || f.rules[i].optional != (i == 1) {
			t.Errorf("rule %d: got %q, want %q", i+1, got, want)
		}
	}
	for text, want := range map[string]string{
		"":                                       "empty",
		"# nothing\n":                            "empty",
		"rules: 5\n":                             "cannot unmarshal",
		"rules:\n- queue: a\n  wating: 5\n":      "wating",
		"ruls: []\n":                             "ruls",
		"rules:\n- waiting: 5\n":                 "rule 1, queue \"\": no queue",
		"rules:\n- queue: a\n  waiting: 5:1\n":   "5 is over 1",
		"rules:\n- queue: a\n  workers: 1:\n":    "mapping values are not allowed",
		"rules:\n- queue: a\n  waiting: [1]\n":   "waiting has no range",
		"rules: []\n---\nrules: []\n":            "more than one document",
		"rules:\n- queue: a\n  queue: b\n":       "already",
		"rules: [{queue: a, waiting: high}]\n":   "not a range",
		"rules: [{queue: a, optional: maybe}]\n": "cannot unmarshal",
	} {
		if _, err := parseRuleFile([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, want an error with %q", text, err, want)
		}
	}
}

func FuzzRuleFile(f *testing.F) {
	f.Add([]byte("rules:\n- queue: a\n  waiting: 1,2\n"))
	f.Add([]byte("rules: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if file, err := parseRuleFile(data); (file == nil) == (err == nil) {
			t.Fatalf("%+v and %v", file, err)
		}
	})
}

// TestTheFirstRuleCounts: flags before the file, the general thresholds for what a rule leaves open.
func TestTheFirstRuleCounts(t *testing.T) {
	var o healthOptions
	o.matcher = new(queueMatcher)
	o.thresholds[metricRunning].warning = "7"
	o.thresholds[metricWaiting].critical = "1000"
	o.rule = *cli.NewStringSlice("host*:waiting=1,2", "hostgroup_*:waiting=3,4")
	h, err := o.rules()
	if err != nil {
		t.Fatal(err)
	}
	for queue, want := range map[string]string{
		"hostgroup_a": ":waiting=1,2:running=7,",
		"service":     ":waiting=,1000:running=7,",
	} {
		if got := sayLimits(*h.limits(queue)); got != want {
			t.Errorf("%s: got %q, want %q", queue, got, want)
		}
	}
}
