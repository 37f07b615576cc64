package work_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAJobThatIsAssignedAgainIsReported: a server whose store has failed confirms an answer and keeps the job, which a worker
// gets again and again. The log says once why. A job that was not answered may come again.
func TestAJobThatIsAssignedAgainIsReported(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	via := servertest.ServerKeepingJobs(t, server)
	servertest.Submit(t, server, "q", "x")
	r := commandtest.Gearctl(t, "", "-s", via, "work", "q", "--count", "3", "--job-timeout", "5s", "--server-timeout", "--", "true") // a connection for each job
	commandtest.WantRun(t, r, commandtest.ExitOK, "of q on "+via+" was answered before and is assigned again: it is done again", "gearctl -s "+via+" doctor")
	if n := strings.Count(r.Stderr, "answered before"); n != 1 {
		t.Errorf("reported %d times, want once: %s", n, r.Stderr)
	}
	servertest.Submit(t, server, "fails", "x")
	r = commandtest.Gearctl(t, "", "-s", server, "work", "fails", "--requeue=3", "--count", "1", "--", "false")
	if strings.Contains(r.Stderr, "answered before") {
		t.Errorf("a job that was put back is reported: %s", r.Stderr)
	}
}
