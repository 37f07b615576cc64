package commands

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestSoakInterruptedMove kills and interrupts moves between two servers, and kills the target: every job is in one of the
// queues, and moved again it is there once.
func TestSoakInterruptedMove(t *testing.T) {
	from, to := gearmandtest.Start(t, "--threads=2"), gearmandtest.Start(t, "--threads=2")
	for round := range crashRounds {
		for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
			queue := fmt.Sprintf("q%d-%d", round, sig)
			fillQueue(t, from, queue, crashJobs)
			at := 1 + rand.Int64N(crashJobs-1)
			argv := []string{"-s", from, "move", queue, to + "/" + queue, "--yes"}
			code, stderr := endAt(t, sig, func() bool { return waitingOn(t, to, queue) >= at }, argv...)
			if sig == syscall.SIGTERM && code != exitInterrupted && code != exitOK {
				t.Errorf("SIGTERM: exit code %d\n%s", code, stderr)
			}
			for held := true; held; held = heldOn(t, from, queue) { // until the server has noticed who left
			}
			if r := gearctl(t, "", append(argv, "--allow-coalesce")...); r.code != 0 {
				t.Errorf("move again: exit code %d\n%s", r.code, r.stderr)
			}
			checkAll(t, queue, crashJobs, true, inQueue(t, to, queue), inQueue(t, from, queue))
		}
	}
}

// heldOn reports whether somebody holds jobs of a queue.
func heldOn(t testing.TB, addr, queue string) bool {
	t.Helper()
	list, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
		return c.Status(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	q := findQueue(list.Rows, queue)
	return q != nil && q.Running > 0
}

// TestServerStopsDuringMove kills the target in the middle of a move: what it had is told, and the rest is at the source
// in its order.
func TestServerStopsDuringMove(t *testing.T) {
	from, target := gearmandtest.Start(t, "--threads=2"), gearmandtest.StartProcess(t, "--threads=2")
	fillQueue(t, from, "q", crashJobs)
	killed := false
	code, stderr := endAt(t, 0, func() bool {
		if !killed && waitingOn(t, target.Addr, "q") > crashJobs/4 {
			killed = true
			target.Kill()
		}
		return false
	}, "-s", from, "--timeout", "5s", "move", "q", target.Addr+"/q", "--yes")
	_, counts, _ := strings.Cut(stderr, "of "+"20,000 jobs ")
	var there, off int
	if n, _ := fmt.Sscanf(counts, "%d are at the target, %d of them off the source", &there, &off); n != 2 || code != exitPartial {
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	left := inQueue(t, from, "q")
	if len(left) != crashJobs-off || there < crashJobs/4 || off != there {
		t.Errorf("%d jobs are left of %d; stderr says %q", len(left), crashJobs, stderr)
	}
}

// TestSoakPeek looks into a queue of three priorities again and again: order and number stay, and each job has two retries
// more each time.
func TestSoakPeek(t *testing.T) {
	jobs := 3000
	if crashRounds > 1 {
		jobs = 100_000
	}
	addr := gearmandtest.Start(t, "--threads=2", "--hashtable-buckets=100003")
	var want strings.Builder
	for _, priority := range []string{"high", "normal", "low"} {
		r := gearctl(t, numbers(jobs/3), "-s", addr, "submit", "-b", "-l", "q", "--priority", priority)
		if r.code != 0 {
			t.Fatal(r.stderr)
		}
		want.WriteString(numbers(jobs / 3))
	}
	for round := range crashRounds {
		r := gearctl(t, "", "-s", addr, "peek", "q", "-o", "raw")
		if r.code != 0 || r.stdout != numbers(10) {
			t.Fatalf("round %d: exit code %d, %q, %q", round, r.code, r.stdout, r.stderr)
		}
	}
	totals, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (wire.JobTotals, error) {
		return c.JobTotals(ctx)
	})
	if err != nil || totals.MaxRetries != 2*int64(crashRounds) || totals.Jobs != int64(jobs/3*3) {
		t.Errorf("got %+v, %v", totals, err)
	}
	if r := gearctl(t, "", "-s", addr, "drain", "q", "--yes", "-o", "raw"); r.stdout != want.String() {
		t.Errorf("the order is another; %d bytes of %d", len(r.stdout), want.Len())
	}
}

// TestServersThatDestroyJobs looks into queues of servers that destroy what is handed back: they are refused while they
// would destroy something, and no job is lost.
func TestServersThatDestroyJobs(t *testing.T) {
	for _, c := range []struct {
		retries string
		refuse  int  // at which peek, from 0
		others  bool // drain --to and move are refused then, which hand back only when they are interrupted
	}{{"1", 0, true}, {"2", 0, true}, {"3", 0, false}, {"4", 1, true}, {"5", 1, false}, {"6", 2, true}} {
		t.Run(c.retries, func(t *testing.T) {
			t.Parallel()
			addr := gearmandtest.Start(t, "--job-retries="+c.retries)
			fillQueue(t, addr, "q", 100)
			for n := range c.refuse + 1 {
				r := gearctl(t, "", "-s", addr, "peek", "q", "-o", "raw")
				if n < c.refuse && (r.code != 0 || r.stdout != numbers(10)) {
					t.Errorf("peek %d: %+v", n, r)
				}
				if n == c.refuse && (r.code != exitFailed || !strings.Contains(r.stderr, "destroys jobs that are handed back") || !strings.Contains(r.stderr, "--accept-risk")) {
					t.Errorf("peek %d: want a refusal, got %+v", n, r)
				}
			}
			refused := [][]string{{"drain", "q", "--yes", "--match", "payload=1"}, {"move", "q", "other", "--yes", "--copy"}}
			if c.others {
				refused = append(refused, []string{"drain", "q", "--yes", "--to", t.TempDir() + "/jobs"}, []string{"move", "q", "other", "--yes"})
			}
			for _, argv := range refused {
				if r := gearctl(t, "", append([]string{"-s", addr}, argv...)...); r.code != exitFailed || !strings.Contains(r.stderr, "--accept-risk") {
					t.Errorf("%v: want a refusal, got %+v", argv, r)
				}
			}
			r := gearctl(t, "", "-s", addr, "drain", "q", "--yes", "--accept-risk", "--to", t.TempDir()+"/jobs")
			if r.code != 0 || c.others != strings.Contains(r.stderr, "100 jobs are at risk") || !strings.Contains(r.stderr, "100 jobs are in") {
				t.Errorf("with --accept-risk: %+v", r)
			}
		})
	}
}
