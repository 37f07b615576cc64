package drain_test

import (
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
)

// The question about several servers says what is on each, on how many, and which did not answer and are left out.
func TestTheQuestionAboutSeveralServers(t *testing.T) {
	t.Parallel()
	a, b, silent := servertest.Embedded(t), servertest.Embedded(t), servertest.StartSilent(t)
	commandtest.FillQueue(t, a, "q", 3)
	commandtest.FillQueue(t, b, "q", 2)
	argv := []string{"-s", a + "," + b + "," + silent, "--timeout", "1s", "drain", "q"}
	r := commandtest.OnTerminal(t, "n\n", argv...)
	for _, says := range []string{
		"q on " + a + ": 3 jobs waiting, 0 running, 0 workers\n",
		"q on " + b + ": 2 jobs waiting, 0 running, 0 workers\n",
		" workers\nleft out: status " + silent + ": no answer in time\ndrain 5 jobs on 2 servers? [y/N] ",
	} {
		if !strings.Contains(r.Stderr, says) {
			t.Errorf("it must say %q: %q", says, r.Stderr)
		}
	}
	if servertest.Queue(t, a, "q").Total != 3 || servertest.Queue(t, b, "q").Total != 2 {
		t.Error("something was drained")
	}
	r = commandtest.OnTerminal(t, "y\n", argv...)
	if r.Code != 4 || servertest.Queue(t, a, "q").Total+servertest.Queue(t, b, "q").Total != 0 || !strings.Contains(r.Stderr, "gearctl: status "+silent+": no answer in time") {
		t.Errorf("want both drained and code 4: %+v", r)
	}
}

// TestWhatWasNotDrainedIsSaidOfItsServer: one server is refused and another drained, so that the hint speaks of the first alone.
func TestWhatWasNotDrainedIsSaidOfItsServer(t *testing.T) {
	t.Parallel()
	good, destroying := servertest.Embedded(t), servertest.Start(t, "127.0.0.1:0", jobserver.Options{JobRetries: 1})
	commandtest.FillQueue(t, good, "q", 3)
	commandtest.FillQueue(t, destroying, "q", 2)
	r := commandtest.Gearctl(t, "", "-s", good+","+destroying, "drain", "q", "--yes", "--to", filepath.Join(t.TempDir(), "jobs"), "-o", "csv", "--columns", "server,drained,remaining")
	commandtest.WantRun(t, r, commandtest.ExitPartial, "drain "+destroying+": the server destroys released jobs", "hint: nothing was changed on "+destroying+"; override with --accept-risk")
	if want := "server,drained,remaining\n" + good + ",3,0\n"; r.Stdout != want {
		t.Errorf("got\n%swant\n%s", r.Stdout, want)
	}
}
