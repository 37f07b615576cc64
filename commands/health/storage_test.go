package health_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
)

// TestAStoreThatFailedIsCritical: foreground jobs still work then, so only a background job shows it.
func TestAStoreThatFailedIsCritical(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		says(t, health(t, commandtest.StateOK, "-s", addr, "--allow-empty", "--storage"), "1 store works|", "OK: "+addr+": storage: a background job was stored and removed")
		via := servertest.ServerKeepingJobs(t, addr)
		says(t, health(t, commandtest.StateCritical, "-s", via, "--allow-empty", "--storage"), "storage: the server's store (--queue-type) has failed: a job that was completed is still there")
		says(t, health(t, commandtest.StateOK, "-s", via, "--allow-empty"), "0 running|")
	})
	full := servertest.Start(t, "127.0.0.1:0", jobserver.Options{MaxStored: 1})
	says(t, health(t, commandtest.StateCritical, "-s", full, "--allow-empty", "--storage"),
		"storage: the server's store (--queue-type) has failed: server error")
	says(t, health(t, commandtest.StateUnknown, "-s", full, "--allow-empty", "--end-to-end", "--no-encryption", "--storage=false"), "no queue for the end-to-end check")
	says(t, health(t, commandtest.StateCritical, "-s", full, "--end-to-end", "--no-encryption"), "storage: the server's store (--queue-type) has failed")
}

// TestTheStateOfAQueueIsItsWorst: CRITICAL comes before UNKNOWN, whose number is greater.
func TestTheStateOfAQueueIsItsWorst(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	commandtest.FillQueue(t, server, "q", 3)
	addr := servertest.ServerAnswering(t, server, map[string]string{"prioritystatus": ".\n"}) // a threshold that cannot be checked
	r := commandtest.Gearctl(t, "", "-s", addr, "health", "--priorities", "--high-critical", "5", "q", "-o", "jsonl")
	commandtest.WantMatch(t, r, commandtest.StateCritical, `"queue":"q","state":"CRITICAL"`, "")
	commandtest.WantMatch(t, r, commandtest.StateCritical, `"state":"UNKNOWN"`, "")
}

// TestTheStateOfAQueueCountsSlowChecks: what is found after the status makes a queue no less bad, wherever queues are listed.
func TestTheStateOfAQueueCountsSlowChecks(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.FillQueue(t, addr, "q", 3)
	servertest.NewSilentWorker(t, addr, "q")
	servertest.NewSilentWorker(t, addr, "r")
	flags := []string{"-s", addr, "health", "--stalled", "100ms"}
	r := commandtest.Gearctl(t, "", append(flags, "-o", "jsonl")...)
	commandtest.WantMatch(t, r, commandtest.StateCritical, `"queue":"q","state":"CRITICAL"`, "")
	commandtest.WantMatch(t, r, commandtest.StateCritical, `"queue":"r","state":"OK"`, "")
	r = commandtest.Gearctl(t, "", append(flags, "-o", "text")...)
	commandtest.WantMatch(t, r, commandtest.StateCritical, `(?m)^OK +r: `, "")
	if strings.Contains(r.Stdout, "OK        q: ") {
		t.Errorf("a stalled queue is listed as OK: %s", r.Stdout)
	}
}
