package commands_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestNoAnswerIsNo asks every command that asks, on a terminal.
func TestNoAnswerIsNo(t *testing.T) {
	addr := servertest.Embedded(t)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "one", "two"), 0)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "create", "empty"), 0)
	handle := commandtest.RowsOf[struct{ Handle string }](t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "three", "-o", "jsonl").Stdout)[0].Handle
	for _, line := range []string{
		"drain q", "drain q --to " + t.TempDir() + "/jobs", "drain empty --follow", "drain empty --for 1h", "drain new --follow",
		"move q other", "queue drop empty", "queue gc --empty", "job cancel " + handle,
	} {
		for _, answer := range []string{"", "\n", "maybe\n", "n\n", "yes please\n", " \n"} {
			got := commandtest.OnTerminal(t, answer, append([]string{"-s", addr}, strings.Fields(line)...)...)
			if got.Code != commandtest.ExitFailed || !strings.Contains(got.Stderr, "? [y/N] ") || !strings.Contains(got.Stderr, "nothing was changed") {
				t.Errorf("%s, answer %q: code %d, stderr %q", line, answer, got.Code, got.Stderr)
			}
		}
	}
	if q := servertest.Queue(t, addr, "q"); q.Total != 3 {
		t.Errorf("the queue has %d jobs, want 3", q.Total)
	}
	for _, answer := range []string{"y", "YES\n"} { // the end of input after it counts for nothing
		commandtest.WantRun(t, commandtest.OnTerminal(t, answer, "-s", addr, "drain", "q"), 0)
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "x"), 0)
	}
	if q := servertest.Queue(t, addr, "q"); q.Total != 1 {
		t.Errorf("the queue has %d jobs, want the one that came afterwards", q.Total)
	}
}
