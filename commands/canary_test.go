package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestJobsOfOurOwn looks at the jobs that commands submit of their own accord. No store may keep an empty one, so they
// are foreground jobs; the one that has to reach the store carries a byte, and is read whole before it is completed.
func TestJobsOfOurOwn(t *testing.T) {
	dir := t.TempDir()
	tree := filepath.Join(dir, "root")
	if err := os.Mkdir(tree, 0o755); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "archive")
	for _, c := range []struct {
		argv []string
		want string // types of the packets
		code int
	}{
		{[]string{"peek", "q"}, "SUBMIT_JOB", 0},
		{[]string{"peek", "q", "--rotate"}, "SUBMIT_JOB", 0},
		{[]string{"drain", "q", "--match", "payload=1", "--yes"}, "SUBMIT_JOB", 0},
		{[]string{"move", "q", "other", "--yes", "--copy"}, "SUBMIT_JOB", 0},
		{[]string{"move", "q", "third", "--yes"}, "SUBMIT_JOB", 0},
		{[]string{"drain", "third", "--to", archive, "--yes"}, "SUBMIT_JOB", 0},
		{[]string{"replay", archive}, "SUBMIT_JOB", 0},
		{[]string{"queue", "gc", "--yes"}, "SUBMIT_JOB", 0},
		{[]string{"doctor", "--root", tree}, "SUBMIT_JOB SUBMIT_JOB_BG", 1},
		{[]string{"health", "q", "--probe-queue", "upper", "--send", "hello", "--expect", "HELLO"}, "SUBMIT_JOB_HIGH", 2},
		{[]string{"health", "q", "--probe", "stuck", "--timeout", "1s"}, "SUBMIT_JOB_HIGH", 2},
	} {
		t.Run(c.argv[0], func(t *testing.T) {
			server := gearmandtest.Start(t)
			fillQueue(t, server, "q", 300)
			fillQueue(t, server, "third", 300)
			submitCancelled(t, server, "phantom")
			if c.argv[0] == "health" {
				serve(t, server, "upper", "upper")
				serve(t, server, "worker_stuck", "stuck")
			}
			w := watchCanaries(t, server, "q", "other", "third")
			r := gearctl(t, "", append([]string{"-s", w.addr}, c.argv...)...)
			if got := w.check(t); got != c.want || r.code != c.code {
				t.Errorf("got %q, code %d, want %q, %d\n%+v", got, r.code, c.want, c.code, r)
			}
		})
	}
}

func serve(t *testing.T, server, queue, behaviour string) {
	t.Helper()
	stop, err := serveWorker(server, queue, behaviour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

// The proxy, which marks the jobs that are new at its target, and counts those without data.
func TestJobsOfTheProxysOwn(t *testing.T) {
	from, to := embeddedServer(t), embeddedServer(t)
	w := watchCanaries(t, to, "q")
	fillQueue(t, from, "q", 298)
	gearctl(t, "", "-s", from, "submit", "-b", "q", "", "")
	p := startProxy(t, "--route", from+"/q="+w.addr+"/q", "--spool", t.TempDir())
	waitForTotal(t, to, "q", 300)
	if r := p.stop(t); strings.Count(r.stderr, "a job has no data") != 1 {
		t.Errorf("jobs without data: %s", r.stderr)
	}
	if got := w.check(t); got != "SUBMIT_JOB" {
		t.Errorf("got %q, want SUBMIT_JOB", got)
	}
}

// A server that stops to answer in the middle of a proof keeps the queue: it is named, with the command that removes it.
func TestAQueueOfOurOwnThatStaysIsNamed(t *testing.T) {
	server := embeddedServer(t)
	fillQueue(t, server, "q", 3)
	answer := make(chan struct{})
	assigned := false
	var mu sync.Mutex
	via := relayPackets(t, server, func(wire.Packet) {}, func(p wire.Packet) {
		mu.Lock()
		assigned = assigned || p.Type == wire.JobAssign
		stop := assigned
		mu.Unlock()
		if stop {
			<-answer
		}
	})
	t.Cleanup(func() { close(answer) })
	r := gearctl(t, "", "-s", via, "--timeout", "100ms", "peek", "q")
	want := regexp.MustCompile(`(?m)^gearctl: queue (gearctl_canary_\S+) could not be removed from (\S+); remove it with: gearctl -s (\S+) queue gc --yes (\S+)$`)
	m := want.FindStringSubmatch(r.stderr)
	if r.code != exitFailed || m == nil || m[1] != m[4] || m[2] != via || m[3] != via {
		t.Fatalf("got %+v, want the queue and how to remove it", r)
	}
	until(t, "the server has noticed who left", func() bool { return queueOf(t, server, m[1]).Workers == 0 })
	wantGC(t, gearctl(t, "", "-s", server, "queue", "gc", "--yes", m[1]), 0, `dropped`, `^$`)
}
