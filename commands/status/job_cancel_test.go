package status_test

import (
	"context"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestTheQuestionOfACancelNamesJobsAndServers, and which of them are not stopped by it.
func TestTheQuestionOfACancelNamesJobsAndServers(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	submit := func(server, queue string) string {
		return servertest.Ask(t, server, func(ctx context.Context, c *wire.Conn) (string, error) {
			return c.Submit(ctx, &wire.Submission{Function: queue, Unique: "k" + queue, Workload: []byte("x"), Background: true})
		})
	}
	submit(b, "old") // so that the handles of the two differ
	commandtest.Gearctl(t, "", "-s", b, "drain", "old", "--yes")
	waiting, other := submit(a, "q"), submit(b, "q")
	if waiting == other {
		t.Skipf("both servers call a job %s", waiting)
	}
	ask := func(handles ...string) string {
		t.Helper()
		r := commandtest.OnTerminal(t, "n\n", append([]string{"-s", a + "," + b, "job", "cancel"}, handles...)...)
		said, _, asked := strings.Cut(r.Stderr, " [y/N]")
		if !asked || r.Code != commandtest.ExitFailed || r.Stdout != "" {
			t.Errorf("%q: %+v", handles, r)
		}
		return said
	}
	if got, want := ask(waiting), waiting+" on "+a+": waiting\ncancel 1 job?"; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	servertest.NewSilentWorker(t, b, "q").Grab()
	got := ask(waiting, other)
	if want := waiting + " on " + a + ": waiting\n" + other + " on " + b + ": running, and is not stopped\ncancel 2 jobs on 2 servers?"; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
}
