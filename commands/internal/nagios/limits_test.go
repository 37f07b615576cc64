package nagios

import (
	"math"
	"strings"
	"testing"

	"gearctl/output"
	"gearctl/wire"
)

// TestTheCriticalThresholdWinsOverTheWarning, also where it is the wider one, and the range that alerts is reported.
func TestTheCriticalThresholdWinsOverTheWarning(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		warning, critical string
		value             float64
		state             int
		violated          string
	}{
		{"10", "20", 10, StateOK, ""},
		{"10", "20", 10.5, StateWarning, "10"},
		{"10", "20", 20, StateWarning, "10"},
		{"10", "20", 21, StateCritical, "20"},
		{"10", "", 21, StateWarning, "10"},
		{"", "20", 15, StateOK, ""},
		{"", "20", 21, StateCritical, "20"},
		{"20", "10", 15, StateCritical, "10"},
		{"5:", "1:", 0, StateCritical, "1:"},
		{"5:", "1:", 1, StateWarning, "5:"},
		{"", "", math.NaN(), StateOK, ""},
		{"10", "", math.NaN(), StateWarning, "10"},
	} {
		l, err := ParseLimits(tt.warning, tt.critical)
		if err != nil {
			t.Fatal(err)
		}
		if state, r := l.State(tt.value); state != tt.state || r.String() != tt.violated {
			t.Errorf("%v within %q, %q: state %d by %q, want %d by %q", tt.value, tt.warning, tt.critical, state, r, tt.state, tt.violated)
		}
		if l.IsZero() != (tt.warning+tt.critical == "") {
			t.Errorf("%q, %q: IsZero %v", tt.warning, tt.critical, l.IsZero())
		}
	}
	for _, bad := range [][2]string{{"x", "1"}, {"1", "x"}} {
		if l, err := ParseLimits(bad[0], bad[1]); err == nil || !strings.HasPrefix(err.Error(), `"x": not a range`) || !l.IsZero() {
			t.Errorf("%q: %v, %v", bad, l, err)
		}
	}
}

// TestTheNumbersOfAQueue by metric: those by priority only if the server reported them.
func TestTheNumbersOfAQueue(t *testing.T) {
	t.Parallel()
	q := wire.FunctionStatus{Total: 9, Running: 2, Workers: 3}
	p := &wire.PriorityStatus{High: 4, Normal: 5, Low: 6, Workers: 1}
	for m, want := range []struct {
		name       string
		value      int64
		byPriority bool
	}{{"waiting", 7, false}, {"running", 2, false}, {"workers", 3, false}, {"high", 4, true}, {"normal", 5, true}, {"low", 6, true}} {
		m := Metric(m)
		if n, ok := MetricValue(m, &q, p); n != want.value || !ok || m.String() != want.name || m.ByPriority() != want.byPriority {
			t.Errorf("%v: %d, %v, by priority %v; want %+v", m, n, ok, m.ByPriority(), want)
		}
		n, ok := MetricValue(m, &q, nil)
		if ok == want.byPriority || ok && n != want.value || !ok && n != 0 {
			t.Errorf("%v without prioritystatus: %d, %v", m, n, ok)
		}
		var limits QueueLimits
		limits[m].Critical = mustRange(t, "1")
		if limits.ByPriority() != want.byPriority {
			t.Errorf("a threshold for %v needs prioritystatus: %v", m, limits.ByPriority())
		}
	}
	if NumMetrics != 6 || new(QueueLimits).ByPriority() {
		t.Errorf("%d metrics", NumMetrics)
	}
}

// TestAPlainNumberIsAThresholdAbove: the note of health that check_gearman alerts at the number itself is about these.
func TestAPlainNumberIsAThresholdAbove(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"10": true, "0": true, ".5": true, "10:": false, ":10": false, "~:10": false, "@10": false, "1:2": false} {
		if number, ok := mustRange(t, text).Above(); ok != want || number != text {
			t.Errorf("%q: %q, %v", text, number, ok)
		}
	}
	if number, ok := (Range{}).Above(); ok || number != "" {
		t.Errorf("no range: %q, %v", number, ok)
	}
	for text, want := range map[string]string{
		"~:-5": "", ":-1": "0, where the range starts, is over -1", "-1": "0, where the range starts, is over -1", "7:5": "7 is over 5", "5:5": "",
	} {
		_, err := ParseRange(text)
		if got := errorText(err); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestARuleMatchesItsNameOrItsGlob.
func TestARuleMatchesItsNameOrItsGlob(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		glob, queue string
		want        bool
	}{
		{"service", "service", true},
		{"service", "services", false},
		{"host*", "hostgroup_a", true},
		{"host*", "ahost", false},
		{"q[1]", "q1", true},
		{"q[1]", "q[1]", true},
		{"q?", "q1", true},
		{"*", "", true},
	} {
		if r := (&Rule{Glob: tt.glob}); r.Match(tt.queue) != tt.want {
			t.Errorf("%q matches %q: %v", tt.glob, tt.queue, !tt.want)
		}
	}
	for _, text := range []string{"a:waiting=10:", "a:high=3:", "a:waiting=1,5:"} {
		if _, err := ParseRule(text); err == nil || !strings.Contains(err.Error(), "ends with a colon and so alerts below that number") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestTheNamesAndColoursOfStates.
func TestTheNamesAndColoursOfStates(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]struct {
		name  string
		style output.Style
	}{
		0: {"OK", output.Good}, 1: {"WARNING", output.Warn}, 2: {"CRITICAL", output.Bad}, 3: {"UNKNOWN", output.Warn},
		4: {"4", output.Warn}, -1: {"-1", output.Warn}, 255: {"255", output.Warn},
	} {
		if name, style := StateName(code), StateStyle(code); name != want.name || style != want.style {
			t.Errorf("%d: %s, %v, want %v", code, name, style, want)
		}
	}
}

// TestNumbersOfPerformanceData: whole ones without a point, and U for what is no number.
func TestNumbersOfPerformanceData(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		0: "q=0s", -3: "q=-3s", 1 << 53: "q=9007199254740992s", -1 << 53: "q=-9007199254740992s", 0.5: "q=0.5s", -0.25: "q=-0.25s", 1234567: "q=1234567s",
		math.Inf(1): "q=U", math.Inf(-1): "q=U",
	} {
		if got := string(AppendPerfdata(nil, Perfdata{Label: "q", Value: value, Unit: "s"})); got != want {
			t.Errorf("%v: got %s, want %s", value, got, want)
		}
	}
	for _, label := range []string{"a", "z", "A", "Z", "0", "9", ":", "_", "-", ".", "/", "AZaz09:_-./"} {
		if got := string(AppendPerfdata(nil, Perfdata{Label: label, Value: 1, Max: "5"})); got != label+"=1;;;;5" {
			t.Errorf("%q: got %s", label, got)
		}
	}
	for _, label := range []string{"@", "[", "`", "{", ";", ",", "+", "é", "a b"} {
		if got := string(AppendPerfdata(nil, Perfdata{Label: label, Value: 1})); got != "'"+label+"'=1" {
			t.Errorf("%q: got %s", label, got)
		}
	}
}
