package proxy_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAnOutageWithLargeJobsInFlight: the bytes that were in flight when the connection was lost do not count any more, however
// many they are.
func TestAnOutageWithLargeJobsInFlight(t *testing.T) {
	t.Parallel()
	source := servertest.Embedded(t)
	target, addr := servertest.StartScripted(t, servertest.Step{Job: 2, Do: servertest.Lose})
	const jobs = 3
	for range jobs {
		servertest.Submit(t, source, "q", strings.Repeat("x", 5<<20)) // more than may be in flight
	}
	p := commandtest.StartProxy(t, "--route", source+"/q="+addr+"/q", "--spool", t.TempDir())
	servertest.Until(t, "the target has accepted every job", func() bool {
		n := 0
		for _, s := range target.Submissions() {
			if s.Answered {
				n++
			}
		}
		return n == jobs
	})
	p.Stop(t)
}
