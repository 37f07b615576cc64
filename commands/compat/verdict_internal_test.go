package compat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// TestWhatCheckGearmanSaysOfAQueue: the first that holds, with a threshold reached at the number itself and one of 0 off.
func TestWhatCheckGearmanSaysOfAQueue(t *testing.T) {
	t.Parallel()
	jobs, workers, off := [2]int64{10, 100}, [2]int64{25, 50}, [2]int64{}
	for _, tt := range []struct {
		jobs, workers          [2]int64
		need                   bool
		total, running, number int64
		state                  int
		want                   string
	}{
		{jobs, workers, false, 9, 0, 24, 0, ""},
		{jobs, workers, false, 10, 0, 24, 1, "Queue q has 10 waiting jobs. "},
		{jobs, workers, false, 12, 2, 24, 1, "Queue q has 10 waiting jobs. "},
		{jobs, workers, false, 99, 0, 1, 1, "Queue q has 99 waiting jobs. "},
		{jobs, workers, false, 100, 0, 1, 2, "Queue q has 100 waiting jobs. "},
		{jobs, workers, false, 0, 0, 25, 1, "Queue q has 25 worker. "},
		{jobs, workers, false, 0, 0, 49, 1, "Queue q has 49 worker. "},
		{jobs, workers, false, 0, 0, 50, 2, "Queue q has 50 worker. "},
		{jobs, workers, false, 10, 0, 50, 2, "Queue q has 50 worker. "},
		{jobs, workers, false, 100, 0, 50, 2, "Queue q has 100 waiting jobs. "},
		{jobs, workers, false, 10, 0, 25, 1, "Queue q has 10 waiting jobs. "},
		{jobs, workers, false, 1, 0, 0, 2, "Queue q has 1 job without any worker. "},
		{jobs, workers, false, 2, 0, 0, 2, "Queue q has 2 jobs without any worker. "},
		{jobs, workers, true, 200, 0, 0, 2, "Queue q has 200 jobs without any worker. "},
		{jobs, workers, false, 1, 1, 0, 0, ""},
		{jobs, workers, false, 0, 0, 0, 0, ""},
		{jobs, workers, true, 0, 0, 0, 2, "Queue q has no worker. "},
		{jobs, workers, true, 0, 0, 1, 0, ""},
		{off, off, false, 9999, 0, 9999, 0, ""},
		{off, off, false, 1, 0, 0, 2, "Queue q has 1 job without any worker. "},
		{[2]int64{0, 5}, off, false, 4, 0, 1, 0, ""},
		{[2]int64{0, 5}, off, false, 5, 0, 1, 2, "Queue q has 5 waiting jobs. "},
		{[2]int64{1, 0}, off, false, 1, 0, 1, 1, "Queue q has 1 waiting job. "},
		{[2]int64{-5, -5}, off, false, 9, 0, 1, 0, ""},
		{off, [2]int64{1, 0}, false, 0, 0, 1, 1, "Queue q has 1 worker. "},
	} {
		var v verdict
		k := &checkCall{jobs: tt.jobs, workers: tt.workers, needWorker: tt.need}
		k.queueState(&v, wire.FunctionStatus{Function: "q", Total: tt.total, Running: tt.running, Workers: tt.number})
		if v.state != tt.state || v.text != tt.want {
			t.Errorf("%+v: %d %q", tt, v.state, v.text)
		}
	}
	for _, states := range [][]int{{0, 1, 3, 2}} { // from the best to the worst
		for i, a := range states {
			for j, b := range states {
				v := verdict{state: a}
				if v.worse(b); v.state != states[max(i, j)] {
					t.Errorf("%d, then %d: %d", a, b, v.state)
				}
			}
		}
	}
}

// result is the answer of a server.
func result(server, version string, rows ...wire.FunctionStatus) wire.Result[*servers.Snapshot] {
	snap := &servers.Snapshot{Server: server, Version: servers.ParseVersion(version)}
	snap.Queues.Rows = rows
	return wire.Result[*servers.Snapshot]{Server: server, Value: snap}
}

// TestTheVerdictOnAServer: the queues by name, -q one of them, and what cannot be read counts lines.
func TestTheVerdictOnAServer(t *testing.T) {
	t.Parallel()
	rows := []wire.FunctionStatus{{Function: "b|=", Total: 12, Running: 1, Workers: 2}, {Function: "a'", Total: 3, Running: 2, Workers: 0}}
	k := &checkCall{jobs: [2]int64{10, 100}, workers: [2]int64{25, 50}}
	const perf = `'p a''_waiting'=1;10;100;0 'p a''_running'=2 'p a''_worker'=0;25;50;0 'p b\x7c\x3d_waiting'=11;10;100;0 'p b\x7c\x3d_running'=1 'p b\x7c\x3d_worker'=2;25;50;0 `
	v := k.judge(result("gm1:4730", "1.1.20", rows...), "p ")
	if v.state != 2 || v.text != `Queue a' has 1 job without any worker. Queue b\x7c= has 11 waiting jobs. ` || v.ok != "3 jobs running and 12 jobs waiting. Version: 1.1.20" || v.perfdata != "|"+perf {
		t.Errorf("%+v", v)
	}
	r := result("gm1:4730", "1.1.20", wire.FunctionStatus{Function: "q", Total: 2, Running: 1, Workers: 1})
	if v = k.judge(r, ""); v.state != 0 || v.text != "" || v.ok != "1 job running and 1 job waiting. Version: 1.1.20" {
		t.Errorf("one of each: %+v", v)
	}
	r.Value.Queues.Bad = []*wire.LineError{{Number: 2, Cause: "x"}}
	if v = k.judge(r, ""); v.state != 3 || v.text != "1 line of the answer cannot be read. " {
		t.Errorf("a line that cannot be read: %+v", v)
	}
	r.Value.Queues.Bad[0].More = 2
	if v = k.judge(r, ""); v.text != "3 lines of the answer cannot be read. " {
		t.Errorf("three of them: %+v", v)
	}
	if v = k.judge(result("gm1:4730", "1"), ""); v.state != 0 || v.perfdata != "" || v.ok != "0 jobs running and 0 jobs waiting. Version: 1" {
		t.Errorf("no queues: %+v", v)
	}
	k.queue, k.given = "b", true
	if v = k.judge(result("gm1:4730", "1", wire.FunctionStatus{Function: "a"}, wire.FunctionStatus{Function: "bb"}), ""); v.state != 1 || v.text != "Queue b not found" || v.perfdata != "|" {
		t.Errorf("-q of what is not there: %+v", v)
	}
	if v = k.judge(result("gm1:4730", "1", wire.FunctionStatus{Function: "a", Total: 500}, wire.FunctionStatus{Function: "b", Workers: 1}), ""); v.state != 0 || strings.Contains(v.perfdata, "'a_") {
		t.Errorf("-q looks at one queue: %+v", v)
	}
	v = k.judge(wire.Result[*servers.Snapshot]{Server: "gm1:4730", Err: wire.ErrSilent}, "")
	if v.state != 2 || v.text != "timeout while waiting for gm1:4730" || v.server != "gm1:4730" || v.perfdata != "" {
		t.Errorf("no answer: %+v", v)
	}
}

// TestVerdictsOnSeveralServersAreJoined: named, with one bar before all performance data.
func TestVerdictsOnSeveralServersAreJoined(t *testing.T) {
	t.Parallel()
	var all verdict
	all.add(verdict{server: "a:1", ok: "fine", perfdata: "|'x'=1 "})
	all.add(verdict{server: "b:1", ok: "", text: "Queue q has no worker. "})
	all.add(verdict{server: "c:1", ok: "good", text: "gone", perfdata: "|'y'=2 "})
	all.add(verdict{server: "d:1", text: "late"})
	if all.text != "b:1: Queue q has no worker. c:1: gone d:1: late" || all.ok != "a:1: fine b:1: c:1: good d:1: " || all.perfdata != "|'x'=1 'y'=2 " {
		t.Errorf("%+v", all)
	}
	var one verdict
	if one.add(verdict{ok: "fine", text: "bad", perfdata: "|p"}); one.text != "bad" || one.ok != "fine" || one.perfdata != "|p" {
		t.Errorf("the only server is not named: %+v", one)
	}
}

// TestTheSwitchOfTheGoTool: -x 0 and -x=0 are off, -x before another word is on.
func TestTheSwitchOfTheGoTool(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"-x": "-x", "-x 0": "", "-x 1": "-x", "-x=0": "", "-x=1": "-x", "-x=true": "-x", "-x -H a": "-x -H a", "-x name": "-x name", "-x 0 -q 0": "-q 0",
		"-q -x=0": "-q", "-xa": "-xa", "a -x 0": "a", "-w 5": "-w 5", "-H=gm1": "-H=gm1",
	} {
		if got := (&checkCall{call: &call{args: strings.Fields(line)}}).switchValue(); strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", line, got, want)
		}
	}
}

// TestErrorsInTheWordsOfTheOldTools.
func TestErrorsInTheWordsOfTheOldTools(t *testing.T) {
	t.Parallel()
	dial := func(err error) error { return &wire.OpError{Server: "gm1:4730", Op: "dial", Err: err} }
	for _, tt := range []struct {
		err  error
		want string
	}{
		{dial(fmt.Errorf("connect: %w", syscall.ECONNREFUSED)), "failed to connect to address gm1 and port 4730: Connection refused"},
		{dial(fmt.Errorf("lookup: %w", errors.New("no such host"))), "failed to connect to address gm1 and port 4730: no such host"},
		{dial(context.DeadlineExceeded), "timeout while waiting for gm1:4730"},
		{fmt.Errorf("status: %w", wire.ErrSilent), "timeout while waiting for gm1:4730"},
		{fmt.Errorf("status: %w", syscall.ECONNRESET), "status: connection reset by peer"},
	} {
		if got := cError("gm1:4730", tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
	for server, want := range map[string]string{"gm1": "gm1:4730", "gm1:1": "gm1:1", "gm1,gm2": "gm1,gm2", "": ""} {
		if got := serverName(server); got != want {
			t.Errorf("%q is printed as %q, want %q", server, got, want)
		}
	}
	for text, want := range map[string]time.Duration{
		"": 0, "x": 0, "0": 0, "-1": 0, "NaN": 0, "2": 2 * time.Second, " 0.5 ": 500 * time.Millisecond, "0.01": 50 * time.Millisecond, "1e9": 24 * time.Hour,
	} {
		if got := (&topCall{interval: text}).seconds(); got != want {
			t.Errorf("-i %q: %v, want %v", text, got, want)
		}
	}
	letters := []string{"w", "c", "W", "C", "x", "q", "s", "e", "a", "u"}
	if slices.ContainsFunc(letters, func(l string) bool { return !strings.Contains(checkLetters, l) }) {
		t.Errorf("options of check_gearman: %s", checkLetters)
	}
}
