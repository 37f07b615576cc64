package move_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver"
)

// fillMixed submits high, normal and low jobs, and jobs for later, which are counted as normal.
func fillMixed(t *testing.T, server, queue string, high, normal, low, later int) {
	t.Helper()
	for _, s := range []struct {
		n    int
		what string
		flag []string
	}{{later, "later", []string{"--at", "+1h"}}, {low, "low", []string{"--priority", "low"}}, {normal, "normal", nil}, {high, "high", []string{"--priority", "high"}}} {
		lines := ""
		for i := range s.n {
			lines += fmt.Sprintln(s.what, i)
		}
		if s.n == 0 {
			continue
		}
		if r := commandtest.Gearctl(t, lines, append([]string{"-s", server, "submit", "-b", "-l", queue}, s.flag...)...); r.Code != 0 {
			t.Fatal(r.Stderr)
		}
	}
}

const byPriority = "template={{.high}} {{.normal}} {{.low}}"

// TestMovedJobsKeepTheirPriorityBesideJobsForLater: from gearmand 2.0.0, low jobs are handed out before jobs for later, which
// are counted as normal.
func TestMovedJobsKeepTheirPriorityBesideJobsForLater(t *testing.T) {
	t.Parallel()
	servertest.EachRelease(t, func(t *testing.T, from string, release jobserver.Release) {
		for name, c := range map[string]struct {
			later            int
			line             []string
			before20, from20 string // at the target
			left             string // at the source, from 2.0.0
		}{
			"later":   {5, nil, "2 3 0", "2 3 10", "0 5 0"},
			"some":    {5, []string{"--max", "7"}, "2 3 0", "2 3 2", "0 5 8"},
			"matched": {5, []string{"--match", "unique=*"}, "2 3 0", "2 3 10", "0 5 0"},
			"all due": {0, nil, "2 3 10", "2 3 10", "0 0 0"},
			"named":   {5, []string{"--priority", "low"}, "0 0 5", "0 0 15", "0 5 0"},
		} {
			to := servertest.Embedded(t)
			queue := strings.ReplaceAll(name, " ", "_")
			fillMixed(t, from, queue, 2, 3, 10, c.later)
			r := commandtest.Gearctl(t, "", append([]string{"-s", from, "move", queue, to + "/q", "--yes", "-q"}, c.line...)...)
			commandtest.WantMatch(t, r, commandtest.ExitOK, "", "")
			want := map[jobserver.Release]string{jobserver.Release11: c.before20, jobserver.Release20: c.from20}[release]
			if got := commandtest.Gearctl(t, "", "-s", to, "status", "q", "--priority", "-o", byPriority).Stdout; got != want+"\n" {
				t.Errorf("%s: high, normal and low jobs at the target: got %q, want %s", name, got, want)
			}
			if got := commandtest.Gearctl(t, "", "-s", from, "status", queue, "--priority", "-o", byPriority).Stdout; release == jobserver.Release20 && got != c.left+"\n" {
				t.Errorf("%s: high, normal and low jobs that are left: got %q, want %s", name, got, c.left)
			}
		}
	})
}

// TestAMoveIsRefusedWhileOthersWork: what they take changes the order, from which the priorities are found out.
func TestAMoveIsRefusedWhileOthersWork(t *testing.T) {
	t.Parallel()
	from, to := servertest.Embedded(t), servertest.Embedded(t)
	fillMixed(t, from, "q", 2, 3, 4, 0)
	servertest.NewSilentWorker(t, from, "q")
	r := commandtest.Gearctl(t, "", "-s", from, "move", "q", to+"/q", "--yes")
	commandtest.WantMatch(t, r, commandtest.ExitFailed, "^$", "others work on the queue(?s:.*)hint: nothing was changed(?s:.*)--priorities=lose")
	if q := servertest.Queue(t, from, "q"); q.Total != 9 {
		t.Errorf("%d jobs are left, want all 9", q.Total)
	}
	r = commandtest.Gearctl(t, "", "-s", from, "move", "q", to+"/q", "--yes", "--priorities", "lose", "-o", "template={{.moved}}")
	commandtest.WantMatch(t, r, commandtest.ExitOK, "^9\n$", "priority of 9 jobs, which becomes normal")
}

// TestAMoveIsRefusedIfJobsAreTakenMeanwhile: a worker takes jobs between the counts and the hold, and leaves.
func TestAMoveIsRefusedIfJobsAreTakenMeanwhile(t *testing.T) {
	t.Parallel()
	server, to := servertest.Embedded(t), servertest.Embedded(t)
	fillMixed(t, server, "q", 2, 1, 4, 0)
	var once sync.Once
	from := servertest.RelayPackets(t, server, func(p wire.Packet) {
		if p.Type != wire.CanDo || string(p.Arg(0)) != "q" {
			return
		}
		once.Do(func() {
			w := servertest.NewSilentWorker(t, server, "q")
			for range 2 {
				handle, _ := w.Grab()
				w.Complete(handle)
			}
			w.Conn.Close()
		})
	}, func(wire.Packet) {})
	r := commandtest.Gearctl(t, "", "-s", from, "move", "q", to+"/q", "--yes")
	commandtest.WantMatch(t, r, commandtest.ExitFailed, "", "others work on the queue")
	if q := servertest.Queue(t, server, "q"); q.Waiting() != 5 {
		t.Errorf("%d jobs are left, want all 5 that were not taken", q.Waiting())
	}
}
