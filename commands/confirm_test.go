package commands

import (
	"bytes"
	"strings"
	"testing"
)

// TestNoAnswerIsNo asks every command that asks, on a terminal.
func TestNoAnswerIsNo(t *testing.T) {
	addr := embedded(t, "")
	wantRun(t, gearctl(t, "", "-s", addr, "submit", "-b", "q", "one", "two"), 0)
	wantRun(t, gearctl(t, "", "-s", addr, "queue", "create", "empty"), 0)
	handle := rowsOf[submitRow](t, gearctl(t, "", "-s", addr, "submit", "-b", "q", "three", "-o", "jsonl").stdout)[0].Handle
	for _, line := range []string{
		"drain q", "drain q --to " + t.TempDir() + "/jobs", "drain empty --follow", "drain empty --for 1h", "drain new --follow",
		"move q other", "queue drop empty", "queue gc --empty", "job cancel " + handle,
	} {
		for _, answer := range []string{"", "\n", "maybe\n", "n\n", "yes please\n", " \n"} {
			got := onTerminal(t, answer, append([]string{"-s", addr}, strings.Fields(line)...)...)
			if got.code != exitFailed || !strings.Contains(got.stderr, "? [y/N] ") || !strings.Contains(got.stderr, "nothing was touched") {
				t.Errorf("%s, answer %q: code %d, stderr %q", line, answer, got.code, got.stderr)
			}
		}
	}
	if q := queueOf(t, addr, "q"); q.Total != 3 {
		t.Errorf("the queue has %d jobs, want 3", q.Total)
	}
	for _, answer := range []string{"y", "YES\n"} { // the end of input after it counts for nothing
		wantRun(t, onTerminal(t, answer, "-s", addr, "drain", "q"), 0)
		wantRun(t, gearctl(t, "", "-s", addr, "submit", "-b", "q", "x"), 0)
	}
	if q := queueOf(t, addr, "q"); q.Total != 1 {
		t.Errorf("the queue has %d jobs, want the one that came afterwards", q.Total)
	}
}

// onTerminal runs a command line as on a terminal where somebody types answer.
func onTerminal(t *testing.T, answer string, argv ...string) run {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := processEnv()
	env.Stdin, env.Stdout, env.Stderr, env.Getenv = strings.NewReader(answer), &stdout, &stderr, gearmanVariable
	env.Terminal.Stdin, env.Terminal.Stdout, env.Terminal.Stderr = true, true, true
	code := Main(t.Context(), env, argv)
	return run{stdout.String(), stderr.String(), code}
}
