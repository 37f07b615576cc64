package drain_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
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
