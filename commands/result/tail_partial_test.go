package result_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestATailOfSomeServersIsPartial: one hangs up after it has listed its queues, another did not answer at all.
func TestATailOfSomeServersIsPartial(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		servertest.DeadAddr,
		servertest.StartBad(t, servertest.AnsweringLines(map[string]string{"status": servertest.Results + "\t1\t0\t0\n.\n"})),
	} {
		good := servertest.Embedded(t)
		servertest.Submit(t, good, servertest.Results, "x")
		for _, servers := range []string{good + "," + bad, bad + "," + good} {
			r := commandtest.Gearctl(t, "", "-s", servers, "result", "tail", "--once", "--undecoded", "--no-encryption", "--yes", "-o", "csv", "--columns", "server")
			commandtest.WantRun(t, r, commandtest.ExitPartial, bad)
			if n := servertest.Queue(t, good, servertest.Results).Total; n != 0 {
				t.Errorf("%d results are left", n)
			}
			if first := strings.HasPrefix(servers, good); first && !strings.Contains(r.Stdout, good) {
				t.Errorf("got %+v", r)
			}
		}
	}
}
