package check_test

import (
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestACheckOfAnUnknownQueueLeavesNothing: in whatever way it ends, also by a kill -9 of gearctl, the server has no queue of a
// misspelt name afterwards, because nothing was ever sent to it.
func TestACheckOfAnUnknownQueueLeavesNothing(t *testing.T) {
	t.Parallel()
	const noWorker = "no worker serves queue hostgroup_typo on "
	for name, c := range map[string]struct {
		wait   string
		end    func(c *commandtest.Command, kill func())
		stdout string // after UNKNOWN:
	}{
		"time-out":           {"1s", func(*commandtest.Command, func()) {}, noWorker},
		"signal":             {"60s", func(c *commandtest.Command, _ func()) { c.Interrupt() }, "interrupted; " + noWorker},
		"the server is gone": {"60s", func(_ *commandtest.Command, kill func()) { kill() }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := gearmandtest.StartProcess(t)
			addr, requests := servertest.RecordRequests(t, p.Addr)
			run := commandtest.Start(t, "check", "host", "web01", "-s", addr, "--no-encryption", "--queue", "hostgroup_typo", "--wait", c.wait, "--command", "/bin/true")
			run.WaitStderr("queue hostgroup_typo on "+addr+" has no worker; waiting for one\n", 1)
			c.end(run, p.Kill)
			if code := run.Wait(); code != commandtest.StateUnknown || !strings.HasPrefix(run.Stdout.String(), "UNKNOWN: "+c.stdout) {
				t.Errorf("code %d, stdout %q, want %q", code, run.Stdout.String(), c.stdout)
			}
			if sent := requests.All(); len(sent) == 0 || slices.ContainsFunc(sent, func(r string) bool { return strings.Contains(r, "hostgroup_typo") }) {
				t.Errorf("something was sent to the queue: %q", sent)
			}
			if name != "the server is gone" && len(servertest.Queues(t, p.Addr)) > 0 {
				t.Errorf("left behind: %+v", servertest.Queues(t, p.Addr))
			}
		})
	}
}

// TestACheckIsSentWhenItsQueueComes: a worker that comes while the check waits gets it.
func TestACheckIsSentWhenItsQueueComes(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		c := commandtest.Start(t, "check", "service", "web01", "disk", "-s", servertest.DeadAddr+","+addr, "--no-encryption", "--wait", "60s", "--command", "/bin/echo fine")
		c.WaitStderr("queue service on "+addr+" has no worker; waiting for one\n", 1)
		commandtest.StartCheckWorker(t, addr, "service", "--no-encryption")
		if code := c.Wait(); code != 0 || !strings.HasPrefix(c.Stdout.String(), "fine\n") {
			t.Errorf("code %d, stdout %q, stderr %q", code, c.Stdout.String(), c.Stderr.String())
		}
	})
}
