package commands_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestJobsOfOurOwn looks at the jobs that commands submit of their own accord. No store may keep an empty one, so they
// are foreground jobs; the one that has to reach the store carries a byte, and is read whole before it is completed.
func TestJobsOfOurOwn(t *testing.T) {
	t.Parallel()
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
		{[]string{"health", "q", "--probe", "stuck", "--timeout", "4s"}, "SUBMIT_JOB_HIGH", 2},
	} {
		t.Run(c.argv[0], func(t *testing.T) {
			server := gearmandtest.Start(t)
			commandtest.FillQueue(t, server, "q", 300)
			commandtest.FillQueue(t, server, "third", 300)
			servertest.SubmitCancelled(t, server, "phantom")
			if c.argv[0] == "health" {
				serve(t, server, "upper", "upper")
				serve(t, server, "worker_stuck", "stuck")
			}
			w := watchCanaries(t, server, "q", "other", "third")
			r := commandtest.Gearctl(t, "", append([]string{"-s", w.addr}, c.argv...)...)
			if got := w.check(t); got != c.want || r.Code != c.code {
				t.Errorf("got %q, code %d, want %q, %d\n%+v", got, r.Code, c.want, c.code, r)
			}
		})
	}
}

func serve(t *testing.T, server, queue, behaviour string) {
	t.Helper()
	stop, err := servertest.Serve(server, queue, behaviour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

// The proxy, which marks the jobs that are new at its target, and counts those without data.
func TestJobsOfTheProxysOwn(t *testing.T) {
	t.Parallel()
	from, to := servertest.Embedded(t), servertest.Embedded(t)
	w := watchCanaries(t, to, "q")
	commandtest.FillQueue(t, from, "q", 298)
	commandtest.Gearctl(t, "", "-s", from, "submit", "-b", "q", "", "")
	p := commandtest.StartProxy(t, "--route", from+"/q="+w.addr+"/q", "--spool", t.TempDir())
	servertest.WaitTotal(t, to, "q", 300)
	if r := p.Stop(t); strings.Count(r.Stderr, "a job has no data") != 1 {
		t.Errorf("jobs without data: %s", r.Stderr)
	}
	if got := w.check(t); got != "SUBMIT_JOB" {
		t.Errorf("got %q, want SUBMIT_JOB", got)
	}
}
