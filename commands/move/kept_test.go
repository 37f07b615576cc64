package move_test

import (
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestJobsThatTheSourceKeepsAreInBothQueues: a gearmand whose store has failed confirms that jobs are removed, and keeps
// them. The user learns it.
func TestJobsThatTheSourceKeepsAreInBothQueues(t *testing.T) {
	t.Parallel()
	for name, line := range map[string][]string{
		"all":   nil,
		"some":  {"--max", "3"},
		"match": {"--match", "queue=q"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			commandtest.FillQueue(t, server, "q", 5)
			via := servertest.ServerKeepingJobs(t, server)
			r := commandtest.Gearctl(t, "", append([]string{"-s", via, "move", "q", "r", "--yes"}, line...)...)
			commandtest.WantMatch(t, r, commandtest.ExitPartial, "", "still has [35] jobs that were acknowledged(?s:.*)hint: .*store.*gearctl -s "+via+" doctor")
		})
	}
}

// TestAMoveInSeveralBatches: the target's connection is used for the next batch when the test jobs of the last are gone.
func TestAMoveInSeveralBatches(t *testing.T) {
	t.Parallel()
	const jobs = 40_000
	from, to := servertest.Embedded(t), servertest.Embedded(t)
	commandtest.FillQueue(t, from, "q", jobs)
	r := commandtest.Gearctl(t, "", "-s", from, "move", "q", to+"/q", "--yes", "-o", "template={{.moved}}")
	commandtest.WantMatch(t, r, commandtest.ExitOK, "^40000\n$", "")
	if q := servertest.Queue(t, to, "q"); q.Waiting() != jobs {
		t.Errorf("%d jobs are at the target, want %d", q.Waiting(), jobs)
	}
	servertest.NoPrivateQueues(t, to)
}
