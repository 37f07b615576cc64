package check_test

import (
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAResultThatIsRefused: its queue is full. The check fails, and the worker goes on.
func TestAResultThatIsRefused(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for _, line := range [][]string{{"queue", "create", servertest.Results}, {"queue", "limit", servertest.Results, "1"}} {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", append([]string{"-s", addr}, line...)...), 0)
	}
	send(t, addr, serviceCheck("true"))
	send(t, addr, serviceCheck("true"))
	send(t, addr, serviceCheck("true"))
	got := commandtest.Gearctl(t, "", "-s", addr, "check", "work", "--services", "--count", "3", "--parallel", "1", "--allow-root", "--key-file", servertest.KeyFile(t))
	commandtest.WantRun(t, got, 0, "result for queue "+servertest.Results+": ", "Job queue is full")
	if checks, results := servertest.Queue(t, addr, "service").Total, servertest.Queue(t, addr, servertest.Results).Total; checks != 0 || results != 1 {
		t.Errorf("%d checks and %d results wait", checks, results)
	}
}

// TestACheckOfAServerThatCannotListQueues is sent, and its result comes.
func TestACheckOfAServerThatCannotListQueues(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	commandtest.StartCheckWorker(t, server, "service", "--queue", "service", "--no-encryption")
	addr := servertest.ServerAnswering(t, server, map[string]string{"status": "ERR UNKNOWN_COMMAND Unknown+server+command\n"})
	got := commandtest.Gearctl(t, "", "-s", addr, "check", "service", "web01", "disk", "--no-encryption", "--wait", "10s", "--command", "/bin/echo fine")
	commandtest.WantMatch(t, got, 0, "^fine\n", "")
}
