package commands_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestSoakInterruptedMove kills and interrupts moves between two servers, and kills the target: every job is in one of the
// queues, and moved again it is there once.
func TestSoakInterruptedMove(t *testing.T) {
	t.Parallel()
	from, to := gearmandtest.Start(t, "--threads=2"), gearmandtest.Start(t, "--threads=2")
	for round := range commandtest.CrashRounds {
		for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
			queue := fmt.Sprintf("q%d-%d", round, sig)
			commandtest.FillQueue(t, from, queue, crashJobs)
			at := 1 + rand.Int64N(crashJobs-1)
			argv := []string{"-s", from, "move", queue, to + "/" + queue, "--yes"}
			code, stderr := endAt(t, sig, func() bool { return servertest.Queue(t, to, queue).Waiting() >= at }, argv...)
			if sig == syscall.SIGTERM && code != commandtest.ExitInterrupted && code != commandtest.ExitOK {
				t.Errorf("SIGTERM: exit code %d\n%s", code, stderr)
			}
			servertest.Until(t, "the server has noticed who left", func() bool {
				q := servertest.Queue(t, from, queue)
				return q.Running == 0 && q.Workers == 0 // a grab that it has not read yet would still take a job
			})
			if r := commandtest.Gearctl(t, "", append(argv, "--allow-coalesce")...); r.Code != 0 {
				t.Errorf("move again: exit code %d\n%s", r.Code, r.Stderr)
			}
			servertest.CheckAll(t, queue, crashJobs, true, commandtest.InQueue(t, to, queue), commandtest.InQueue(t, from, queue))
		}
	}
}

// TestServerStopsDuringMove kills the target when it has confirmed a quarter of the jobs of a move, a few of which are
// gearctl's own: what it had is told, and the rest is at the source.
func TestServerStopsDuringMove(t *testing.T) {
	t.Parallel()
	const jobs = 4_000
	from, target := servertest.Embedded(t), gearmandtest.StartProcess(t, "--threads=2")
	commandtest.FillQueue(t, from, "q", jobs)
	var confirmed atomic.Int64
	to := servertest.RelayPackets(t, target.Addr, func(wire.Packet) {}, func(p wire.Packet) {
		if p.Type == wire.JobCreated && confirmed.Add(1) == jobs/4 {
			target.Kill()
		}
	})
	r := commandtest.Gearctl(t, "", "-s", from, "--timeout", "5s", "move", "q", to+"/q", "--yes")
	_, counts, _ := strings.Cut(r.Stderr, "of 4,000 jobs ")
	counts = strings.ReplaceAll(counts, ",", "")
	var there, off, unanswered int
	if n, _ := fmt.Sscanf(counts, "%d are at the target %d of them removed from the source", &there, &off); n != 2 || r.Code != commandtest.ExitPartial {
		t.Fatalf("exit code %d, stderr %q", r.Code, r.Stderr)
	}
	if _, after, ok := strings.Cut(counts, "at the source; "); ok {
		fmt.Sscan(after, &unanswered)
	}
	if left := commandtest.InQueue(t, from, "q"); len(left) != jobs-off || there+unanswered < jobs/5 || off != there {
		t.Errorf("%d jobs are left of %d; stderr says %q", len(left), jobs, r.Stderr)
	}
}

// TestAMemberStopsDuringMove moves from three gearmands to a fourth, and kills one of them when the target has confirmed half of
// its jobs: the others are moved, and what the rows say is what the target has.
func TestAMemberStopsDuringMove(t *testing.T) {
	t.Parallel()
	const jobs = 2_000
	target := gearmandtest.Start(t, "--threads=2")
	victim := gearmandtest.StartProcess(t, "--threads=2")
	others := []string{gearmandtest.Start(t, "--threads=2"), gearmandtest.Start(t, "--threads=2")}
	for _, server := range append(others, victim.Addr) {
		commandtest.FillQueue(t, server, "q", jobs)
	}
	var handedOut atomic.Int64
	dying := servertest.RelayPackets(t, victim.Addr, func(wire.Packet) {}, func(p wire.Packet) {
		if p.Type == wire.JobAssignUniq && handedOut.Add(1) == jobs/2 {
			victim.Kill()
		}
	})
	r := commandtest.Gearctl(t, "", "-s", others[0]+","+dying+","+others[1], "--timeout", "5s", "move", "q", target+"/q", "--yes", "--priorities", "lose", "-o", "jsonl")
	if r.Code != commandtest.ExitPartial || !strings.Contains(r.Stderr, "the others requeued at the source if that still runs") {
		t.Fatalf("got %+v", r)
	}
	var moved int64
	for _, row := range commandtest.RowsOf[struct {
		Server string `json:"server"`
		Moved  int64  `json:"moved"`
	}](t, r.Stdout) {
		if row.Server != dying && row.Moved != jobs {
			t.Errorf("%d jobs of %s were moved, want all: %s", row.Moved, row.Server, r.Stderr)
		}
		moved += row.Moved
	}
	if q := servertest.Queue(t, target, "q"); q.Total != moved || moved < 2*jobs {
		t.Errorf("the target has %d jobs, the rows say %d", q.Total, moved)
	}
	for _, server := range others {
		if q := servertest.Queue(t, server, "q"); q.Total != 0 {
			t.Errorf("%d jobs are left on %s", q.Total, server)
		}
	}
}

// TestSoakPeek looks into a queue of three priorities again and again: order and number stay, and each job has two retries
// more each time.
func TestSoakPeek(t *testing.T) {
	t.Parallel()
	jobs := 3000
	if commandtest.CrashRounds > 1 {
		jobs = 100_000
	}
	addr := gearmandtest.Start(t, "--threads=2", "--hashtable-buckets=100003")
	var want strings.Builder
	for _, priority := range []string{"high", "normal", "low"} {
		r := commandtest.Gearctl(t, servertest.Numbers(jobs/3), "-s", addr, "submit", "-b", "-l", "q", "--priority", priority)
		if r.Code != 0 {
			t.Fatal(r.Stderr)
		}
		want.WriteString(servertest.Numbers(jobs / 3))
	}
	for round := range commandtest.CrashRounds {
		r := commandtest.Gearctl(t, "", "-s", addr, "peek", "q", "-o", "raw")
		if r.Code != 0 || r.Stdout != servertest.Numbers(10) {
			t.Fatalf("round %d: exit code %d, %q, %q", round, r.Code, r.Stdout, r.Stderr)
		}
	}
	totals, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (wire.JobTotals, error) {
		return c.JobTotals(ctx)
	})
	if err != nil || totals.MaxRetries != 2*int64(commandtest.CrashRounds) || totals.Jobs != int64(jobs/3*3) {
		t.Errorf("got %+v, %v", totals, err)
	}
	if r := commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes", "-o", "raw"); r.Stdout != want.String() {
		t.Errorf("the order is another; %d bytes of %d", len(r.Stdout), want.Len())
	}
}

// TestServersThatDestroyJobs looks into queues of servers that destroy what is handed back: they are refused while they
// would destroy something, and no job is lost.
func TestServersThatDestroyJobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		retries string
		refuse  int  // at which peek, from 0
		others  bool // drain --to and move are refused then, which hand back only when they are interrupted
	}{{"1", 0, true}, {"2", 0, true}, {"3", 0, false}, {"4", 1, true}, {"5", 1, false}, {"6", 2, true}} {
		t.Run(c.retries, func(t *testing.T) {
			t.Parallel()
			addr := gearmandtest.Start(t, "--job-retries="+c.retries)
			commandtest.FillQueue(t, addr, "q", 100)
			for n := range c.refuse + 1 {
				r := commandtest.Gearctl(t, "", "-s", addr, "peek", "q", "-o", "raw")
				if n < c.refuse && (r.Code != 0 || r.Stdout != servertest.Numbers(10)) {
					t.Errorf("peek %d: %+v", n, r)
				}
				if n == c.refuse && (r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "destroys released jobs") || !strings.Contains(r.Stderr, "--accept-risk")) {
					t.Errorf("peek %d: want a refusal, got %+v", n, r)
				}
			}
			refused := [][]string{{"drain", "q", "--yes", "--match", "payload=1"}, {"move", "q", "other", "--yes", "--copy"}}
			if c.others {
				refused = append(refused, []string{"drain", "q", "--yes", "--to", t.TempDir() + "/jobs"}, []string{"move", "q", "other", "--yes"})
			}
			for _, argv := range refused {
				if r := commandtest.Gearctl(t, "", append([]string{"-s", addr}, argv...)...); r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "--accept-risk") {
					t.Errorf("%v: want a refusal, got %+v", argv, r)
				}
			}
			r := commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes", "--accept-risk", "--to", t.TempDir()+"/jobs")
			if r.Code != 0 || c.others != strings.Contains(r.Stderr, "100 jobs are at risk") || !strings.Contains(r.Stderr, "100 jobs are in") {
				t.Errorf("with --accept-risk: %+v", r)
			}
		})
	}
}
