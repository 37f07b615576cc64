package health_test

import (
	"encoding/json"
	"strings"
	"testing"

	healthpkg "gearctl/commands/health"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servertest"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// TestHealthJSON is what a script reads.
func TestHealthJSON(t *testing.T) {
	t.Parallel()
	a, b := servertest.StartStatus(t, "aaa\t9\t2\t0\nb\xff\t0\t0\t1\n"), servertest.StartStatus(t, "aaa\t0\t0\t1\n")
	r := commandtest.Gearctl(t, "", "health", "-s", a+","+b, "-o", "json")
	var all []struct {
		State   string
		Code    int
		Reasons []struct{ State, Server, Queue, Text string }
		Queues  []struct {
			Server, Queue, State    string
			Waiting, Running, Total int64
		}
		Servers []struct {
			Server string
			Up     bool
		}
	}
	if err := json.Unmarshal([]byte(r.Stdout), &all); err != nil || len(all) != 1 {
		t.Fatalf("%d objects, %v", len(all), err)
	}
	got := all[0]
	if r.Code != commandtest.StateCritical || got.Code != commandtest.StateCritical || got.State != "CRITICAL" || len(got.Queues) != 3 || len(got.Servers) != 2 || !got.Servers[1].Up ||
		len(got.Reasons) != 1 || got.Reasons[0].Server != a || got.Reasons[0].Queue != "aaa" || got.Queues[0].Waiting != 7 || got.Queues[0].State != "CRITICAL" || got.Queues[2].State != "OK" {
		t.Errorf("got %+v from %s", got, r.Stdout)
	}
}

// TestPerfdataIsReadAsItWasWritten: labels of any name, thresholds as given.
func TestPerfdataIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	addr := servertest.StartStatus(t, "it's a|b=c\t9\t2\t1\naaa\t0\t0\t1\n")
	out := health(t, commandtest.StateWarning, "-s", addr, "--waiting-warning", "@5:10", "--waiting-critical", "~:500")
	line, _, _ := strings.Cut(out, "\n")
	text, perfdata, _ := strings.Cut(line, "|")
	says(t, text, `it's a\x7cb=c: 7 jobs waiting (warning @5:10)`)
	if strings.Contains(perfdata, "|") {
		t.Error(perfdata)
	}
	want := modgearman.Metric{Label: `it's a\x7cb\x3dc_waiting`, Value: "7", Warn: "@5:10", Crit: "~:500", Min: "0"}
	for _, m := range modgearman.ParsePerfdata(perfdata) {
		if m == want {
			return
		}
	}
	t.Errorf("no %+v in %s", want, perfdata)
}

// FuzzPerfdataRoundTrip writes a value and reads it with the parser for plugins' output.
func FuzzPerfdataRoundTrip(f *testing.F) {
	f.Add("aaa_waiting", int64(7))
	f.Add("it's", int64(-1))
	f.Add("a b", int64(1<<62))
	f.Add("a=b|c", int64(0))
	f.Fuzz(func(t *testing.T, label string, n int64) {
		text := nagios.AppendPerfdata(nil, nagios.Perfdata{Label: label, Value: float64(n), Unit: "c", Min: "0"})
		text = nagios.AppendPerfdata(append(text, ' '), nagios.Perfdata{Label: "last", Value: 1})
		got := modgearman.ParsePerfdata(string(text))
		if label == "" {
			return // the parser takes an unnamed value for none
		}
		if len(got) != 2 || got[0].Number() != float64(n) || got[0].Unit != "c" || got[0].Min != "0" || got[1].Label != "last" {
			t.Fatalf("%q: %s: %+v", label, text, got)
		}
		if !strings.ContainsAny(label, "=|") && output.Escape(label) == label && got[0].Label != label {
			t.Fatalf("%q was read as %q", label, got[0].Label)
		}
	})
}

// TestHealthPrometheus is read as Prometheus reads it.
func TestHealthPrometheus(t *testing.T) {
	t.Parallel()
	addr := servertest.StartStatus(t, "a\\b\"c\t9\t2\t0\nraw\xff\t0\t0\t1\n")
	r := commandtest.Gearctl(t, "", "health", "-s", addr, "-o", "prometheus", "--probe", "gone")
	e := servertest.ParseExposition(t, r.Stdout)
	for series, want := range map[string]float64{
		`gearctl_health_state{}`:            2,
		`gearman_up{server="` + addr + `"}`: 1,
	} {
		if got, ok := e[series]; !ok || got != want {
			t.Errorf("%s is %v, want %v, in %v", series, got, want, e)
		}
	}
}

// TestWhatCannotBeReadIsUnknownInEveryFormat: nobody who reads a format gets text of another, or nothing.
func TestWhatCannotBeReadIsUnknownInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, wrong := range [][]string{
		{"--bogus"}, {"--timeout", "x"}, {"--waiting-critical", "9:1"}, {"--rules", "/nonexistent"}, {"--rule", "a|b"}, {"-s", "a:x"}, {"-o", "json", "--expect", "x"},
	} {
		line := append([]string{"health"}, wrong...)
		for _, format := range []string{"json", "jsonl"} {
			r := commandtest.Gearctl(t, "", append(line, "--output="+format)...)
			var one healthpkg.HealthJSON
			var err error
			if list := []*healthpkg.HealthJSON{&one}; format == "json" {
				err = json.Unmarshal([]byte(r.Stdout), &list)
			} else {
				err = json.Unmarshal([]byte(r.Stdout), &one)
			}
			if r.Code != commandtest.StateUnknown || err != nil || one.Code != commandtest.StateUnknown || one.State != "UNKNOWN" || len(one.Reasons) != 1 || one.Reasons[0].Text == "" {
				t.Errorf("%v as %s: code %d, %v: %s", wrong, format, r.Code, err, r.Stdout)
			}
		}
		r := commandtest.Gearctl(t, "", append(line, "-o", "prometheus")...)
		if e := servertest.ParseExposition(t, r.Stdout); r.Code != commandtest.StateUnknown || e["gearctl_health_state{}"] != 3 || !strings.Contains(r.Stdout, "# TYPE gearctl_health_state gauge\n") {
			t.Errorf("%v: code %d: %s", wrong, r.Code, r.Stdout)
		}
		r = commandtest.Gearctl(t, "", line...)
		if wrong[0] != "-o" && (r.Code != commandtest.StateUnknown || !strings.HasPrefix(r.Stdout, "UNKNOWN: ") || strings.Count(r.Stdout, "\n") != 1 || strings.Contains(r.Stdout, "|")) {
			t.Errorf("%v: code %d: %s", wrong, r.Code, r.Stdout)
		}
	}
}
