package top

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gearctl/output"
	"gearctl/wire"
)

// TestTheWorstProblemOfAServer: no answer, a late one, jobs without a worker, no queues, lines that cannot be read.
func TestTheWorstProblemOfAServer(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	at := now.Add(-time.Minute)
	q := &queueState{FunctionStatus: status("q", 1234, 0, 0)}
	broken := &wire.OpError{Server: "gm1:4730", Op: "status", Err: errors.New("broken")}
	for name, tt := range map[string]struct {
		s        serverState
		late     time.Duration
		severity int
		text     string
	}{
		"well":                        {serverState{lastAnswer: at, queues: []*queueState{q}}, 0, 0, ""},
		"not asked yet":               {serverState{}, 0, 0, ""},
		"late at first":               {serverState{}, 2600 * time.Millisecond, 4, "no answer for 3s"},
		"lines":                       {serverState{lastAnswer: at, queues: []*queueState{q}, badLines: 2}, 0, 1, "cannot parse 2 lines of its answer"},
		"a line":                      {serverState{lastAnswer: at, queues: []*queueState{q}, badLines: 1}, 0, 1, "cannot parse 1 line of its answer"},
		"no queues, and lines":        {serverState{lastAnswer: at, badLines: 1}, 0, 2, "no queues"},
		"jobs without a worker":       {serverState{lastAnswer: at, queues: []*queueState{q}, badLines: 1, unserved: 1, worst: q}, 0, 3, "1,234 waiting, no worker: q"},
		"in two queues":               {serverState{lastAnswer: at, queues: []*queueState{q}, unserved: 2, worst: q}, 0, 3, "1,234 waiting, no worker: q and 1 more"},
		"late, and jobs":              {serverState{lastAnswer: at, queues: []*queueState{q}, unserved: 1, worst: q}, time.Second, 4, "no answer for 1s"},
		"down, and late":              {serverState{lastAnswer: at, err: broken}, time.Second, 5, "broken since 11:59:00"},
		"down from the beginning":     {serverState{err: broken}, 0, 5, "broken, no answer so far"},
		"silent":                      {serverState{lastAnswer: at, err: &wire.OpError{Op: "status", Err: wire.ErrSilent}}, 0, 5, "silent since 11:59:00"},
		"down for less than 12 hours": {serverState{lastAnswer: now.Add(1 - 12*time.Hour), err: broken}, 0, 5, "broken since 00:00:00"},
		"down for 12 hours":           {serverState{lastAnswer: now.Add(-12 * time.Hour), err: broken}, 0, 5, "broken since 2026-12-01 00:00, 12h"},
	} {
		if got := tt.s.problem(now, tt.late); got != (serverProblem{tt.severity, tt.text}) {
			t.Errorf("%s: %+v, want %d %q", name, got, tt.severity, tt.text)
		}
		if tt.s.answers() != (tt.s.err == nil && !tt.s.lastAnswer.IsZero()) {
			t.Errorf("%s: answers %v", name, tt.s.answers())
		}
	}
}

// TestServersAreSortedByTheirProblem: then by the jobs of that queue, by how long they are down, and by all waiting jobs.
func TestServersAreSortedByTheirProblem(t *testing.T) {
	t.Parallel()
	now := testStart
	broken := errors.New("broken")
	queue := func(n int64) *queueState { return &queueState{FunctionStatus: status("q", n, 0, 0)} }
	one, two := queue(1), queue(2)
	busy := figures{waiting: 100}
	order := []*serverState{ // the least first
		{},
		{lastAnswer: now, queues: []*queueState{one}, sum: figures{waiting: 5}},
		{lastAnswer: now, queues: []*queueState{one}, sum: busy},
		{lastAnswer: now, queues: []*queueState{one}, badLines: 1},
		{lastAnswer: now},
		{lastAnswer: now, queues: []*queueState{one}, unserved: 3, worst: one, sum: busy},
		{lastAnswer: now, queues: []*queueState{one}, unserved: 1, worst: two},
		{lastAnswer: now, queues: []*queueState{one}, unserved: 1, worst: two, sum: busy},
		{lastAnswer: now, err: broken, sum: busy},
		{lastAnswer: now.Add(-time.Second), err: broken},
		{lastAnswer: now.Add(-time.Second), err: broken, sum: busy},
		{err: broken},
	}
	s := newTestState(80, 24, "gm1:4730")
	for i, a := range order {
		for j, b := range order {
			got := s.compareProblems(a, b)
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("server %d and %d: %d", i, j, got)
			}
		}
	}
}

// TestWhenAServerIsLate: after two intervals, at least two seconds; and when it is asked again after it failed.
func TestWhenAServerIsLate(t *testing.T) {
	t.Parallel()
	for interval, want := range map[time.Duration]time.Duration{time.Second: 2 * time.Second, 100 * time.Millisecond: 2 * time.Second, 5 * time.Second: 10 * time.Second} {
		if got := latestAnswer(interval); got != want {
			t.Errorf("every %v: late after %v, want %v", interval, got, want)
		}
		s := newTestState(80, 24, "gm1:4730")
		s.interval = interval
		for _, tt := range []struct {
			ago  time.Duration
			late bool
		}{{want, false}, {want + 1, true}} {
			if s.servers[0].askedAt = s.now.Add(-tt.ago); s.late(s.servers[0]) != tt.late || s.isOld(s.servers[0]) != tt.late {
				t.Errorf("every %v, asked %v ago: late %v", interval, tt.ago, !tt.late)
			}
		}
	}
	var server serverState
	now := testStart
	for i, wait := range []time.Duration{0, 1, 2, 4, 5, 5, 5} {
		if server.failed(now, errors.New("x")); server.retry != now.Add(wait*time.Second) || server.failures != i+1 || !server.connLost {
			t.Errorf("failure %d: asked again after %v", i+1, server.retry.Sub(now))
		}
		if wait > 0 && server.due(server.retry.Add(-1)) || !server.due(server.retry) {
			t.Errorf("failure %d: due too early, or not when it is", i+1)
		}
	}
	if server.askedAt = now; server.due(server.retry) {
		t.Error("a server that is being asked is asked again")
	}
}

// TestTheSummaryOfServers counts those that answer, that are shown and that have problems.
func TestTheSummaryOfServers(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 24)
	s.setServers([]string{"a:1", "b:1", "c:1"}, func(string) (map[string]string, string) { return nil, "" })
	s.polled(0, true, status("q", 5, 2, 1), status("r", 1, 0, 0))
	s.polled(1, true, status("q", 7, 7, 1))
	s.servers[2].failed(s.now, errors.New("broken"))
	s.rebuildServers()
	if got, want := s.serversSummary(), "2 of 3 servers answer: 3 queues, 4 waiting, 9 running; 2 with problems"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.fleet.filter = "b:1"
	s.rebuildServers()
	if got, want := s.serversSummary(), "1 of 3 shown; 1 of 1 server answer: 1 queue, 0 waiting, 7 running"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.fleet.filter, s.fleet.troubled = "", true
	s.rebuildServers()
	var shown []string
	for _, server := range s.fleet.rows {
		shown = append(shown, server.name)
	}
	if got := fmt.Sprint(shown); got != "[c:1 a:1]" {
		t.Errorf("with problems: %s", got)
	}
}

// TestTheColoursOfServerRecords: a server that is down is grey but for its problem, which is red.
func TestTheColoursOfServerRecords(t *testing.T) {
	t.Parallel()
	text := "x"
	for _, tt := range []struct {
		r    serverRecord
		key  string
		want output.Style
	}{
		{serverRecord{State: "down", Problem: &text}, "state", output.Bad},
		{serverRecord{State: "down", Problem: &text}, "problem", output.Bad},
		{serverRecord{State: "down"}, "server", output.Faint},
		{serverRecord{State: "down"}, "waiting", output.Faint},
		{serverRecord{State: "up", Problem: &text}, "problem", output.Warn},
		{serverRecord{State: "up", Problem: &text}, "state", output.Plain},
		{serverRecord{State: "up"}, "problem", output.Plain},
	} {
		if got := tt.r.Style(tt.key); got != tt.want {
			t.Errorf("%s of %+v: %v, want %v", tt.key, tt.r, got, tt.want)
		}
	}
}
