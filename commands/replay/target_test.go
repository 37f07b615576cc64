package replay_test

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestACheckpointOfAnotherTargetIsRefused gives the checkpoint of a replay, killed halfway, to one that goes elsewhere: the jobs
// that the first submitted would be missing there.
func TestACheckpointOfAnotherTargetIsRefused(t *testing.T) {
	t.Parallel()
	addr, other, dir := servertest.Embedded(t), servertest.Embedded(t), t.TempDir()
	jobs, done := filepath.Join(dir, "jobs"), filepath.Join(dir, "done")
	writeArchive(t, jobs, "a")
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "replay", jobs, "--checkpoint", done), commandtest.ExitOK)
	before, _ := os.ReadFile(done)
	writeArchive(t, jobs, "a", "b")
	for _, c := range []struct{ servers, queue, want string }{
		{other, "", "its jobs were sent to " + addr + "/, not to " + other},
		{servertest.DeadAddr + "," + other, "", "its jobs were sent to " + addr + "/, not to " + other},
		{addr, "elsewhere", "its jobs were sent to " + addr + "/, not to " + addr + "/elsewhere"},
	} {
		argv := []string{"-s", c.servers, "replay", jobs, "--checkpoint", done}
		if c.queue != "" {
			argv = append(argv, "--queue", c.queue)
		}
		r := commandtest.Gearctl(t, "", argv...)
		commandtest.WantRun(t, r, commandtest.ExitFailed, "checkpoint "+done+": "+c.want, "hint: use another --checkpoint, or that server and queue")
		if after, _ := os.ReadFile(done); string(after) != string(before) {
			t.Errorf("%v: the checkpoint is %s, and was %s", argv, after, before)
		}
	}
	if q := servertest.Totals(t, other); len(q) > 0 {
		t.Errorf("the other server has %v", q)
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "replay", jobs, "--checkpoint", done), commandtest.ExitOK, "1 record was already replayed")
	if q := servertest.Totals(t, addr); q["q"] != 2 || q["elsewhere"] != 0 {
		t.Errorf("the server has %v", q)
	}
}
