package roundtrip

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// TestCauseOfAMissingResult replays what a server reports about a job, and expects the explanation that follows from it.
func TestCauseOfAMissingResult(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	waiting := observation{state: wire.JobState{Known: true}}
	running := observation{state: wire.JobState{Known: true, Running: true}}
	unknown := observation{}
	broken := observation{err: errors.New("connection reset")}
	unserved := waiting
	unserved.queue = &wire.FunctionStatus{}
	for _, c := range []struct {
		name         string
		observations []observation
		want         string
		mayAnswer    bool
		discarded    bool
	}{
		{"nobody serves the queue", []observation{unserved}, "no worker serves queue q on gm1 (waited 2s)", false, false},
		{"all workers are busy", []observation{waiting, waiting}, "no worker took the check from queue q on gm1 within 2s", false, false},
		{"the plugin is slow", []observation{waiting, running}, "late: the check from queue q on gm1 is still running", true, false},
		{"the worker died", []observation{running, waiting}, "the worker died: it took the check from queue q on gm1", false, false},
		{"the worker ran it, the result went elsewhere", []observation{running, running, unknown}, "ran the check for about 1.000 s but no result came back", false, false},
		{"the worker has another key", []observation{waiting, unknown}, "the keys probably differ (no encryption here)", false, true},
		{"the job is known again", []observation{unknown, running}, "late:", true, false},
		{"the connection breaks", []observation{running, broken}, "the outcome of the check in queue q on gm1 is unknown: connection reset", true, false},
	} {
		var outcome jobOutcome
		for i, o := range c.observations {
			o.at = start.Add(time.Duration(i) * time.Second)
			outcome.update(o)
		}
		got := outcome.cause("gm1", "q", 2*time.Second, modgearman.Key{})
		if !strings.Contains(got, c.want) || outcome.mayAnswer() != c.mayAnswer || outcome.discarded() != c.discarded {
			t.Errorf("%s: %q, may answer %v, discarded %v", c.name, got, outcome.mayAnswer(), outcome.discarded())
		}
	}
}
