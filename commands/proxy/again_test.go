package proxy_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestJobsThatTheSourceKeepsAreCarriedOnce: a gearmand whose store has failed confirms that jobs are removed, and assigns them
// again, on the same connection and on later ones. They do not arrive twice, nor do jobs that were rejected.
func TestJobsThatTheSourceKeepsAreCarriedOnce(t *testing.T) {
	t.Parallel()
	from, to := servertest.Embedded(t), servertest.Embedded(t)
	commandtest.FillQueue(t, from, "q", 5)
	via := servertest.ServerKeepingJobs(t, from)
	p := commandtest.Start(t, "proxy", "--route", via+"/q="+to+"/q", "--spool", t.TempDir())
	servertest.WaitTotal(t, to, "q", 5)
	p.WaitStderr("assigns jobs again", 1)
	r := commandtest.Gearctl(t, "", "-s", from, "submit", "-b", "q", "new")
	commandtest.WantRun(t, r, commandtest.ExitOK)
	servertest.WaitTotal(t, to, "q", 6)
	if code := p.Stop(); code != commandtest.ExitOK {
		t.Errorf("exit code %d", code)
	}
	p.WaitStderr("proxy stopped: 6 jobs carried; 5 jobs assigned again by a source and not carried twice", 1)
	p.WaitStderr("gearctl -s "+via+" doctor", 1)
}

// TestAnEqualJobOfARestartedSourceIsCarried: after a restart handles begin anew, and a job with the handle, unique key and
// payload of a carried one is a new one.
func TestAnEqualJobOfARestartedSourceIsCarried(t *testing.T) {
	t.Parallel()
	from, to := gearmandtest.FreeAddr(t), servertest.Embedded(t)
	p := commandtest.Start(t, "proxy", "--route", from+"/q="+to+"/q", "--spool", t.TempDir(), "--accept-risk")
	var handles []string
	for range 2 {
		t.Run("run", func(t *testing.T) {
			servertest.Start(t, from, jobserver.Options{})
			r := commandtest.Gearctl(t, "", "-s", from, "submit", "-b", "q", "--unique", "key", "same", "-o", "template={{.handle}}")
			commandtest.WantRun(t, r, commandtest.ExitOK)
			handles = append(handles, strings.TrimSpace(r.Stdout))
			servertest.WaitTotal(t, to, "q", 1)
		})
		r := commandtest.Gearctl(t, "", "-s", to, "drain", "q", "--yes")
		commandtest.WantMatch(t, r, commandtest.ExitOK, "", "")
	}
	if handles[0] != handles[1] {
		t.Errorf("the handles are %s, want the same ones", handles)
	}
	p.Stop()
}
