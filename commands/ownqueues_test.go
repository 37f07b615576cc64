package commands_test

import (
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAStarTouchesNoQueueOfOurOwn runs every command that takes queues with a star, beside a queue that a killed gearctl left and
// one that a running gearctl serves: neither is named to the server by a request that changes something, nor shown.
func TestAStarTouchesNoQueueOfOurOwn(t *testing.T) {
	for _, line := range []string{
		"drain * --yes --all", "drain * --yes --all --to {file}", "drain * --yes --all --match payload=*", "drain ?* --yes --all", "drain g* q --yes --all",
		"drain * --yes --all --for 1ms", "drain * --all --dry-run", "drain * --yes --all --complete -o raw",
		"peek *", "peek * --rotate", "peek * --group-by queue", "peek [a-z]*",
		"queue drop * --yes", "queue drop * --yes --all", "queue drop g* q --yes", "queue limit * 5", "move * other --yes", "move * other --yes --copy", "work * --print --count 1", "result tail * --once --yes --undecoded",
		"status *", "health *", "exporter --textfile -", "health", "health --require q --waiting-critical 9",
		"queue gc q* --yes", "queue gc * --yes --all --empty {served}",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			const left, running = "gearctl_canary_left", "gearctl_check_running"
			server := servertest.Embedded(t)
			servertest.Submit(t, server, "q", "0")
			own := []string{running}
			if !strings.Contains(line, "{served}") { // queue gc removes what was left, never what is served
				servertest.Submit(t, server, left, "1")
				own = append(own, left)
			}
			servertest.Submit(t, server, running, "2")
			servertest.NewSilentWorker(t, server, running)
			addr, requests := servertest.RecordRequests(t, server)
			line := strings.NewReplacer("{file}", t.TempDir()+"/jobs", "{served}", "").Replace(line)
			got := commandtest.Gearctl(t, "", append([]string{"-s", addr}, strings.Fields(line)...)...)
			for _, queue := range own {
				if q := servertest.Queue(t, server, queue); q.Total != 1 {
					t.Errorf("a glob must not touch %s, of gearctl itself: it had 1 job and has %d; %+v", queue, q.Total, got)
				}
				if slices.ContainsFunc(requests.Changes(), func(r string) bool { return strings.Contains(r, queue) }) {
					t.Errorf("a glob must not touch %s, of gearctl itself: %q", queue, requests.Changes())
				}
				if strings.Contains(got.Stdout, queue) {
					t.Errorf("a glob must not show %s, of gearctl itself: %s", queue, got.Stdout)
				}
			}
		})
	}
}

// TestOurOwnQueuesAreReachedByName: they can be inspected and emptied by those who mean them.
func TestOurOwnQueuesAreReachedByName(t *testing.T) {
	for _, line := range []string{
		"drain gearctl_canary_left --yes", "drain gearctl_* --yes", "drain gearctl_c*t --yes", "queue gc --yes", "queue gc gearctl_* --yes", "queue gc * --yes --all",
	} {
		addr := servertest.Embedded(t)
		servertest.Submit(t, addr, "q", "0")
		servertest.Submit(t, addr, "gearctl_canary_left", "1")
		got := commandtest.Gearctl(t, "", append([]string{"-s", addr}, strings.Fields(line)...)...)
		if q := servertest.Queue(t, addr, "gearctl_canary_left"); got.Code != 0 || q.Total != 0 || servertest.Queue(t, addr, "q").Total != 1 {
			t.Errorf("%s means gearctl's own queue, and only that: %+v", line, got)
		}
	}
}
