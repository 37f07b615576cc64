package health

import (
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
)

// limitsText writes thresholds as a rule does.
func limitsText(q nagios.QueueLimits) string {
	var b strings.Builder
	for m, l := range q {
		if !l.IsZero() {
			b.WriteString(":" + nagios.Metric(m).String() + "=" + l.Warning.String() + "," + l.Critical.String())
		}
	}
	return b.String()
}

func TestRuleFile(t *testing.T) {
	t.Parallel()
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
		if got := limitsText(f.rules[i].Limits); got != want || f.rules[i].Optional != (i == 1) {
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

// TestTheFirstRuleCounts: flags before the file, the general thresholds for a metric of which a rule says nothing.
func TestTheFirstRuleCounts(t *testing.T) {
	t.Parallel()
	var o options
	o.matcher = new(servers.Matcher)
	o.thresholds[nagios.MetricRunning].warning = "7"
	o.thresholds[nagios.MetricWaiting].critical = "1000"
	o.rule = *urfave.NewStringSlice("host*:waiting=1,2", "hostgroup_*:waiting=3,4", "perf*:waiting=5,", "event*:running=,6")
	h, err := o.rules()
	if err != nil {
		t.Fatal(err)
	}
	for queue, want := range map[string]string{
		"hostgroup_a": ":waiting=1,2:running=7,",
		"service":     ":waiting=,1000:running=7,",
		"perfdata":    ":waiting=5,:running=7,", // the rule has no critical threshold, and wants none
		"eventhandle": ":waiting=,1000:running=,6",
	} {
		if got := limitsText(*h.limits(queue)); got != want {
			t.Errorf("%s: got %q, want %q", queue, got, want)
		}
	}
}
