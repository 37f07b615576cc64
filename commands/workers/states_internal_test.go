package workers

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/probe"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// TestTheStateOfAWorker by its registrations and its answer, and which numbers of the answer are its own.
func TestTheStateOfAWorker(t *testing.T) {
	t.Parallel()
	answered := &probe.StatusReply{Duration: 1500 * time.Millisecond, Status: modgearman.Status{
		From: modgearman.FromWorker, Name: "n", Version: "v", Workers: 5, Min: 2, Max: 9, Running: 3, Jobs: 11,
	}}
	silent := &probe.StatusReply{Err: &probe.NoReplyError{Reason: "no answer in time"}}
	odd := &probe.StatusReply{Err: &probe.NoReplyError{Reason: "a worker took the job and reported failure"}}
	gone := &probe.StatusReply{Err: &probe.NoWorkerError{}}
	failed := &probe.StatusReply{Err: &wire.OpError{Op: "dial", Err: errors.New("refused")}}
	for name, tt := range map[string]struct {
		g      wideGroup
		a      *probe.StatusReply
		state  string
		report bool
	}{
		"answers":              {wideGroup{worker: "w", own: 1, registrations: 1}, answered, "ok", true},
		"two of it here":       {wideGroup{worker: "w", own: 2, registrations: 2}, answered, "shared", true},
		"another elsewhere":    {wideGroup{worker: "w", own: 1, registrations: 2}, answered, "shared", false},
		"silent":               {wideGroup{worker: "w", own: 1, registrations: 1}, silent, "stale", false},
		"two, silent":          {wideGroup{worker: "w", own: 2, registrations: 2}, silent, "stale", false},
		"odd":                  {wideGroup{worker: "w", own: 1, registrations: 1}, odd, "odd", false},
		"has just left":        {wideGroup{worker: "w", own: 1, registrations: 1}, gone, "gone", false},
		"nobody is registered": {wideGroup{worker: "w"}, nil, "gone", false},
		"could not be asked":   {wideGroup{worker: "w", own: 1, registrations: 1}, failed, "unasked", false},
		"whose it is":          {wideGroup{ambiguous: true, functions: []string{"q"}}, nil, "ambiguous", false},
		"idle":                 {wideGroup{address: "a"}, nil, "idle", false},
		"without status queue": {wideGroup{address: "a", functions: []string{"q"}}, nil, "plain", false},
	} {
		r := newWideRow("gm1:4730", &tt.g, tt.a)
		if r.State != tt.state || (r.Name != nil) != tt.report || r.Queues != len(tt.g.functions) || (r.Worker == nil) != (tt.g.worker == "") || (r.Address == nil) != (tt.g.address == "") {
			t.Errorf("%s: %+v, want state %s, its report %v", name, r, tt.state, tt.report)
		}
		if tt.report && (*r.Name != "n" || *r.Version != "v" || *r.Workers != 5 || *r.Min != 2 || *r.Max != 9 || *r.Busy != 3 || *r.Done != 11 || *r.Seconds != 1.5) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestTheColoursOfWorkers: red for what does not answer, yellow for what needs a look, green for ok.
func TestTheColoursOfWorkers(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]output.Style{
		"ok": output.Good, "stale": output.Bad, "odd": output.Bad, "unasked": output.Bad, "gone": output.Warn, "shared": output.Warn, "ambiguous": output.Warn,
		"plain": output.Plain, "idle": output.Plain,
	} {
		if got := (wideRow{State: state}).Style("state"); got != want {
			t.Errorf("%s: %v, want %v", state, got, want)
		}
		if got := (wideRow{State: state}).Style("worker"); got != output.Plain {
			t.Errorf("the name of a worker that is %s: %v", state, got)
		}
	}
	for _, tt := range []struct {
		busy, workers int
		want          output.Style
	}{{0, 0, output.Plain}, {1, 2, output.Plain}, {2, 2, output.Warn}, {3, 2, output.Warn}, {0, 2, output.Plain}} {
		if got := (wideRow{Busy: &tt.busy, Workers: &tt.workers}).Style("busy"); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
	if (wideRow{}).Style("busy") != output.Plain || (wideRow{Differs: true}).Style("version") != output.Warn || (wideRow{}).Style("version") != output.Plain {
		t.Error("the colour of an unknown number or a version")
	}
}

// wideRowsOf makes rows of WORKER@ADDRESS:STATE=VERSION, each of which may be empty.
func wideRowsOf(text string) (rows []wideRow) {
	for _, word := range strings.Fields(text) {
		word, version, _ := strings.Cut(word, "=")
		word, state, _ := strings.Cut(word, ":")
		name, address, _ := strings.Cut(word, "@")
		r := wideRow{State: state, Connections: len(rows) + 1}
		if name != "" {
			r.Worker = &name
		}
		if address != "" {
			r.Address = &address
		}
		if version != "" {
			r.Version = &version
		}
		rows = append(rows, r)
	}
	markVersions(rows)
	return rows
}

// TestNotesOfWorkers name each worker once, and those whose version is not that of most.
func TestNotesOfWorkers(t *testing.T) {
	t.Parallel()
	const shared = "several connections serve its status queue: two workers of one name, or one that reconnected while the server still counts its old connection; its report is omitted where it cannot be attributed"
	for rows, want := range map[string]string{
		"":                                    "",
		"a@1:ok=1 b@1:ok=1":                   "",
		"a@1:ok @1:plain @1:idle a@1:unasked": "",
		"a@1:stale b@1:stale a@2:stale c:gone": "worker a, worker b: registered, but no answer within 3s\n" +
			"worker c: its queue exists, but no worker is registered\n",
		"a:odd":                           "worker a: its status queue is not served by a Mod-Gearman worker, or the worker fails\n",
		"a:shared":                        "worker a: " + shared + "\n",
		"@1:ambiguous @2:ambiguous":       "1 connection from 1, 2 connections from 2: belongs to one of several workers at that address, unknown which\n",
		"c:stale2 a:ok=1 b:ok=2":          "versions differ: worker a (1), worker b (2)\n",
		"a:ok=1 b:ok=1 c:ok=2 d:ok=3":     "versions differ: most workers have 1, but not worker c (2), worker d (3)\n",
		"a:ok=1 b:ok=1 c:ok=2 d:ok=2 e:":  "versions differ: worker a (1), worker b (1), worker c (2), worker d (2)\n",
		"a:ok=2 a:ok=2 a:ok=2 b:ok=1":     "versions differ: worker a (2), worker b (1)\n", // one worker on three servers
		"a:ok=1 b:ok=1 c:ok=1 c:ok=2":     "versions differ: most workers have 1, but not worker c (2)\n",
		"a:ok=1 b:ok=2 c:ok=2 d:ok=3 e:x": "versions differ: most workers have 2, but not worker a (1), worker d (3)\n",
		"a:stale b:stale c:stale d:stale e:stale f:stale g:stale": "worker a, worker b, worker c, worker d, worker e, worker f, …: registered, but no answer within 3s\n",
	} {
		var b bytes.Buffer
		printNotes(&cli.Env{Stderr: &b}, wideRowsOf(rows), 3*time.Second)
		if got := strings.ReplaceAll(b.String(), "gearctl: ", ""); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", rows, got, want)
		}
	}
}

// TestWorkersThatAreGone have a status queue without a worker, which no connection serves.
func TestWorkersThatAreGone(t *testing.T) {
	t.Parallel()
	list := []wire.FunctionStatus{
		{Function: "worker_here", Workers: 0},
		{Function: "worker_gone", Workers: 0},
		{Function: "worker_up", Workers: 1},
		{Function: "worker_", Workers: 0},
		{Function: "service", Workers: 0},
		{Function: "worker_gone_too", Workers: 0, Total: 3},
	}
	gone := goneWorkers(list, []*wideGroup{{worker: "here"}})
	if len(gone) != 2 || gone[0].worker != "gone" || gone[1].worker != "gone_too" || gone[0].connections != 0 {
		t.Errorf("%+v", gone)
	}
	text := func(words string) (list []*string) {
		for w := range strings.SplitSeq(words, " ") {
			if list = append(list, &w); w == "-" {
				list[len(list)-1] = nil
			}
		}
		return list
	}
	for words, want := range map[string]int{"a a": 0, "a b": -1, "b a": 1, "a -": -1, "- a": 1, "- -": 0} {
		if p := text(words); compareNilLast(p[0], p[1]) != want {
			t.Errorf("%s: %d, want %d", words, compareNilLast(p[0], p[1]), want)
		}
	}
	if got := (&options{}).timeout(); got != 2*time.Second {
		t.Errorf("the default of --wait: %v", got)
	}
	if got := (&options{wait: time.Second}).timeout(); got != time.Second {
		t.Errorf("--wait 1: %v", got)
	}
	if got := jsonOnly(); strings.Join(got, " ") != "differs min max name answer_seconds id functions" {
		t.Errorf("columns of JSON only: %v", got)
	}
}
