package submit_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAServerThatFailsKeepsNoJobFromTheOthers: with --all every server gets every job, whichever of them fails.
func TestAServerThatFailsKeepsNoJobFromTheOthers(t *testing.T) {
	t.Parallel()
	const jobs = 3000
	for _, servers := range []string{"good:4730,bad:4730", "bad:4730,good:4730"} {
		synctest.Test(t, func(t *testing.T) {
			network := servertest.NewNetwork()
			good := network.Scripted(t, "good:4730")
			network.Scripted(t, "bad:4730", servertest.Step{Job: 1, Do: servertest.Lose})
			r := commandtest.GearctlEnv(t.Context(), strings.NewReader(strings.Repeat("x\n", jobs)), func(e *cli.Env) {
				e.NetDial, e.Now = network.Dial, time.Now
			}, "-s", servers, "submit", "-b", "q", "--lines", "--all")
			if n := len(good.Submissions()); r.Code != commandtest.ExitPartial || n != jobs {
				t.Errorf("%s: the good server got %d jobs of %d; exit code %d, %s", servers, n, jobs, r.Code, r.Stderr)
			}
		})
	}
}
