package roundtrip

import (
	"strings"
	"testing"
	"time"

	"gearctl/wire/modgearman"
)

func TestTheClocksOfAWorkerAndOfThisHost(t *testing.T) {
	t.Parallel()
	sent := time.Unix(1_700_000_000, 0)
	at := func(ms int) time.Time { return sent.Add(time.Duration(ms) * time.Millisecond) }
	for _, c := range []struct {
		name                    string
		begin, end, in, waiting int
		skewed                  bool
	}{
		{"as they should be", 10, 20, 30, 0, false},
		{"cut to microseconds", -1, 20, 19, 0, false},
		{"the worker is behind", -500, -400, 30, 0, true},
		{"the worker is ahead", 510, 520, 30, 0, true},
		{"a little behind, and the check was seen waiting", 10, 20, 300, 200, true},
	} {
		r := Report{}
		r.setResult(modgearman.Result{Start: at(c.begin), Finish: at(c.end), Source: "Mod-Gearman Worker @\u00a0lab"}, at(c.in), at(c.waiting), sent)
		if r.Skewed != c.skewed || (r.Queued == nil) != c.skewed || (r.Returned == nil) != c.skewed || r.Exec == nil || r.Worker != "lab" {
			t.Errorf("%s: %+v", c.name, r)
		}
		if c.skewed != strings.Contains(r.timeLine(), "the clocks of the worker and this host differ") {
			t.Errorf("%s: %s", c.name, r.timeLine())
		}
	}
}

func TestAWorkerWithoutAName(t *testing.T) {
	t.Parallel()
	r := Report{Queue: "service", Server: "gm1"}
	r.setResult(modgearman.Result{Source: "Mod-Gearman Worker @ (null)", Output: "(Service Check Timed Out)"}, time.Time{}, time.Time{}, time.Time{})
	if text := r.Text(); strings.Contains(text, "null") || !strings.Contains(text, "(worker "+modgearman.UnnamedWorker+", queue service on gm1)") {
		t.Errorf("got %q", text)
	}
}
