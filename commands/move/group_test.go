package move_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestTheQuestionAboutAGroup says what is on each server, and which are left out: one that does not answer, and the target.
func TestTheQuestionAboutAGroup(t *testing.T) {
	t.Parallel()
	a, b, target, silent := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t), servertest.StartSilent(t)
	for n, server := range []string{a, b, target} {
		commandtest.FillQueue(t, server, "q", n+1)
	}
	named := strings.Replace(target, "127.0.0.1", "localhost", 1)
	argv := []string{"-s", strings.Join([]string{a, silent, target, b}, ","), "--timeout", "1s", "move", "q", named + "/q"}
	says := func(r commandtest.Run, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(r.Stderr, text) {
				t.Errorf("it must say %q: %+v", text, r)
			}
		}
	}
	r := commandtest.OnTerminal(t, "n\n", argv...)
	says(
		r, a+"/q: 1 job waiting, 0 running, 0 workers\n", b+"/q: 2 jobs waiting, 0 running, 0 workers\n",
		"left out: "+target+" is the target\nleft out: status "+silent+": no answer in time\nmove 3 jobs on 2 servers to "+named+"/q? [y/N] ",
	)
	r = commandtest.OnTerminal(t, "", append(argv, "--dry-run", "-o", "jsonl")...)
	says(r, "left out: "+target+" is the target\n", "gearctl: status "+silent+": no answer in time")
	if strings.Count(r.Stdout, `"would_move":`) != 2 || r.Code != commandtest.ExitPartial {
		t.Errorf("want two rows and exit code 4: %+v", r)
	}
	if left := inQueues(t, "q", a, b, target); !slices.Equal(left, []int64{1, 2, 3}) {
		t.Fatalf("the queues have %v jobs, nothing may be moved", left)
	}
	r = commandtest.OnTerminal(t, "y\n", append(argv, "--priority", "low")...)
	says(r, "gearctl: status "+silent+": no answer in time")
	if left := inQueues(t, "q", a, b, target); r.Code != commandtest.ExitPartial || !slices.Equal(left, []int64{0, 0, 6}) {
		t.Errorf("the queues have %v jobs; %+v", left, r)
	}
}

// inQueues returns how many jobs are in a queue of each server.
func inQueues(t *testing.T, queue string, addrs ...string) (jobs []int64) {
	t.Helper()
	for _, addr := range addrs {
		jobs = append(jobs, servertest.Queue(t, addr, queue).Total)
	}
	return jobs
}

// movedRow is what the tests read of a row.
type movedRow struct {
	Server    string `json:"server"`
	ToServer  string `json:"to_server"`
	Moved     int64  `json:"moved"`
	Coalesced int64  `json:"coalesced"`
	Remaining *int64 `json:"remaining"`
}

// TestAMoveOnEachServer: without a server in source and target, the queue of each server goes to another one there.
func TestAMoveOnEachServer(t *testing.T) {
	t.Parallel()
	a, b, empty, without := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t)
	commandtest.FillQueue(t, a, "q", 5)
	commandtest.FillQueue(t, b, "q", 2)
	commandtest.Gearctl(t, "", "-s", empty, "queue", "create", "q")
	argv := []string{"-s", strings.Join([]string{a, b, empty, without}, ","), "move", "q", "r", "--max", "3"}
	if r := commandtest.OnTerminal(t, "n\n", argv...); !strings.Contains(r.Stderr, "\nmove 5 jobs on 2 servers to queue r of the same server? [y/N] ") {
		t.Errorf("got %+v", r)
	}
	r := commandtest.Gearctl(t, "", append(argv, "--yes", "-o", "jsonl")...)
	commandtest.WantRun(t, r, 0)
	rows := commandtest.RowsOf[movedRow](t, r.Stdout)
	slices.SortFunc(rows, func(a, b movedRow) int { return int(b.Moved - a.Moved) })
	for i, want := range []movedRow{{a, a, 3, 0, new(int64(2))}, {b, b, 2, 0, new(int64(0))}, {empty, empty, 0, 0, new(int64(0))}} {
		if len(rows) != 3 || rows[i].Remaining == nil || *rows[i].Remaining != *want.Remaining || rows[i].Server != want.Server || rows[i].ToServer != want.ToServer || rows[i].Moved != want.Moved {
			t.Fatalf("got %s, want a row for each server that has the queue", r.Stdout)
		}
	}
	if there := inQueues(t, "r", a, b); !slices.Equal(there, []int64{3, 2}) {
		t.Errorf("the targets have %v jobs", there)
	}
}

// TestOneKeyOnSeveralServers: the target merges jobs with the same unique key. Each of their payloads is still on a server
// afterwards, also those that were submitted within one window of a move.
func TestOneKeyOnSeveralServers(t *testing.T) {
	t.Parallel()
	const sources, jobs = 4, 200
	target := servertest.Embedded(t)
	var servers []string
	for n := range sources {
		server := servertest.Embedded(t)
		servertest.Ask(t, server, func(ctx context.Context, c *wire.Conn) (handle string, err error) {
			for k := 0; k < jobs && err == nil; k++ {
				handle, err = c.Submit(ctx, &wire.Submission{Function: "q", Unique: fmt.Sprint("key", k), Workload: fmt.Appendf(nil, "%d of %d", k, n), Background: true})
			}
			return handle, err
		})
		servers = append(servers, server)
	}
	r := commandtest.Gearctl(t, "", "-s", strings.Join(servers, ","), "move", "q", target+"/q", "--yes", "-o", "jsonl")
	if r.Code != commandtest.ExitPartial || !strings.Contains(r.Stderr, "200 jobs wait there with the same unique key") {
		t.Errorf("got %+v", r)
	}
	var moved, coalesced int64
	for _, row := range commandtest.RowsOf[movedRow](t, r.Stdout) {
		moved, coalesced = moved+row.Moved, coalesced+row.Coalesced
	}
	if moved != jobs || coalesced != (sources-1)*jobs {
		t.Errorf("%d moved and %d coalesced, want %d and %d", moved, coalesced, jobs, (sources-1)*jobs)
	}
	var left int64
	for _, n := range inQueues(t, "q", append(servers, target)...) {
		left += n
	}
	if left != sources*jobs {
		t.Errorf("%d jobs are left of %d", left, sources*jobs)
	}
}

// TestATargetThatIsFull: when it refuses jobs of one source, the others are left alone, and named.
func TestATargetThatIsFull(t *testing.T) {
	t.Parallel()
	a, b, target := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t)
	commandtest.FillQueue(t, a, "q", 5)
	commandtest.FillQueue(t, b, "q", 5)
	commandtest.Gearctl(t, "", "-s", target, "queue", "create", "q")
	commandtest.Gearctl(t, "", "-s", target, "queue", "limit", "q", "2")
	r := commandtest.Gearctl(t, "", "-s", a+","+b, "move", "q", target+"/q", "--yes", "-o", "jsonl")
	commandtest.WantMatch(t, r, commandtest.ExitPartial, `"moved":2,(?s:.*)"moved":0,.*"remaining":5,`, "of 5 jobs 2 are at the target, 2 of them removed(?s:.*)5 jobs on 1 more server left alone: ")
	if left := inQueues(t, "q", a, b, target); left[0]+left[1] != 8 || left[2] != 2 {
		t.Errorf("the queues have %v jobs", left)
	}
	r = commandtest.Gearctl(t, "", "-s", a+","+b, "move", "q", target+"/q", "--yes", "--max", "1", "-o", "jsonl")
	commandtest.WantMatch(t, r, commandtest.ExitFailed, "", "0 are at the target(?s:.*): 1 job on 1 more server left alone: ")
}

// TestAMoveToTheSameServerUnderAnotherName is refused, and changes nothing.
func TestAMoveToTheSameServerUnderAnotherName(t *testing.T) {
	t.Parallel()
	a := servertest.Embedded(t)
	other, _ := servertest.RecordRequests(t, a)
	commandtest.FillQueue(t, a, "q", 2)
	for _, flags := range [][]string{{"--yes"}, {"--yes", "--copy"}, nil} {
		r := commandtest.Gearctl(t, "", append([]string{"move", a + "/q", other + "/q"}, flags...)...)
		commandtest.WantRun(t, r, commandtest.ExitUsage, a+"/q and "+other+"/q are the same queue on one server")
	}
	if q := servertest.Queue(t, a, "q"); q.Waiting() != 2 {
		t.Errorf("got %+v", q)
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "move", a+"/q", other+"/r", "--yes"), 0)
}

// TestASourceThatCannotBeMoved is left out, and the others are moved.
func TestASourceThatCannotBeMoved(t *testing.T) {
	t.Parallel()
	a, busy, target := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t)
	commandtest.FillQueue(t, a, "q", 2)
	commandtest.FillQueue(t, busy, "q", 3)
	servertest.NewSilentWorker(t, busy, "q")
	line := []string{"-s", a + "," + busy, "move", "q", target + "/q"}
	if r := commandtest.OnTerminal(t, "n\n", line...); !strings.Contains(r.Stderr, "left out: move from "+busy+"/q: others work on the queue") || !strings.Contains(r.Stderr, "move 2 jobs to ") {
		t.Errorf("got %+v", r)
	}
	r := commandtest.Gearctl(t, "", append(line, "--yes")...)
	commandtest.WantMatch(t, r, commandtest.ExitPartial, "", "others work on the queue")
	if left := inQueues(t, "q", a, busy, target); !slices.Equal(left, []int64{0, 3, 2}) {
		t.Errorf("the queues have %v jobs", left)
	}
	r = commandtest.Gearctl(t, "", "-s", busy+","+target, "move", "q", servertest.Embedded(t)+"/q", "--yes", "--match", "payload=*", "--priorities", "lose")
	commandtest.WantRun(t, r, 0)
}

// TestWhereAMoveOfAGroupGoes: a line that does not say it is refused, as is a target that does not answer.
func TestWhereAMoveOfAGroupGoes(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	commandtest.FillQueue(t, a, "q", 1)
	commandtest.FillQueue(t, b, "q", 1)
	both := a + "," + b
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"move " + a + "/q r --yes":                     {commandtest.ExitUsage, `the target "r" names no server, and there are 2 to choose from(?s:.*)hint: on the server of the source: .* ` + a + "/q " + a + "/r"},
		"move q q --yes":                               {commandtest.ExitUsage, `source and target are both queue "q" of each server`},
		"move q " + servertest.DeadAddr + "/q --yes":   {commandtest.ExitUnreachable, "connection refused"},
		"move nosuch r --yes":                          {commandtest.ExitFailed, `unknown queue "nosuch"`},
		"move q " + both + "/r --yes":                  {commandtest.ExitUsage, "names 2 servers"},
		"move q r --yes --max -1":                      {commandtest.ExitUsage, "must not be negative"},
		"move nosuch " + servertest.DeadAddr + "/q -y": {commandtest.ExitUnreachable, "connection refused"},
	} {
		commandtest.WantMatch(t, commandtest.Gearctl(t, "", append([]string{"-s", both}, strings.Fields(line)...)...), want.code, "^$", want.says)
	}
	if left := inQueues(t, "q", a, b); !slices.Equal(left, []int64{1, 1}) {
		t.Errorf("the queues have %v jobs", left)
	}
	r := commandtest.Gearctl(t, "", "-s", a+","+strings.Replace(a, "127.0.0.1", "localhost", 1), "move", "q", b+"/r", "--yes")
	commandtest.WantMatch(t, r, 0, "", "are the same server")
}
