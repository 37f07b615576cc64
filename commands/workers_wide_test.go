package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// groupCase is lines of the answer to workers, and the workers behind them: address, client, worker, connections and
// functions, ? for connections that may belong to several.
type groupCase struct {
	lines string
	want  []string
}

var groupCases = map[string]groupCase{
	"a worker in C": {
		"30 10.0.0.1 - : worker_web01\n31 10.0.0.1 - : host service\n32 10.0.0.1 - : service host",
		[]string{"10.0.0.1 - web01 3 host service"},
	},
	"all on one connection": {
		"30 10.0.0.1 - : worker_a host\n31 10.0.0.1 - : worker_b service\n32 10.0.0.1 - : host\n33 10.0.0.1 - : service",
		[]string{"10.0.0.1 - a 2 host", "10.0.0.1 - b 2 service"},
	},
	"hosts behind one address": {
		"30 10.0.0.1 - : worker_a\n31 10.0.0.1 - : worker_b\n32 10.0.0.1 - : host\n33 10.0.0.1 - : host\n34 10.0.0.1 - : hostgroup_x",
		[]string{"10.0.0.1 - a 1", "10.0.0.1 - b 1", "10.0.0.1 - ? 2 host", "10.0.0.1 - ? 1 hostgroup_x"},
	},
	"hosts that share a queue, behind one address": {
		"30 10.0.0.1 - : worker_a host\n31 10.0.0.1 - : worker_b host\n32 10.0.0.1 - : host",
		[]string{"10.0.0.1 - a 1 host", "10.0.0.1 - b 1 host", "10.0.0.1 - ? 1 host"},
	},
	"workers that have names": {
		"30 10.0.0.1 w-1 : worker_a\n31 10.0.0.1 w-2 : worker_b\n32 10.0.0.1 w-2 : q\n33 10.0.0.1 w-1 : q\n34 10.0.0.1 w-3 : q",
		[]string{"10.0.0.1 w-1 a 2 q", "10.0.0.1 w-2 b 2 q", "10.0.0.1 w-3 - 1 q"},
	},
	"the module and others on the host of a worker": {
		"30 10.0.0.1 - : worker_a\n31 10.0.0.1 - : check_results\n32 10.0.0.1 - : servicegroup_x\n33 10.0.0.1 - : thumbnails\n34 10.0.0.1 - : perfdata\n35 10.0.0.1 - : check_results",
		[]string{"10.0.0.1 - a 2 servicegroup_x", "10.0.0.1 - - 2 check_results", "10.0.0.1 - - 1 thumbnails", "10.0.0.1 - - 1 perfdata"},
	},
	"the same queues from another address": {
		"30 10.0.0.1 - : worker_a\n31 10.0.0.2 - : host",
		[]string{"10.0.0.1 - a 1", "10.0.0.2 - - 1 host"},
	},
	"one name twice": {
		"30 10.0.0.1 - : worker_a\n31 10.0.0.1 - : worker_a\n32 10.0.0.2 - : worker_a\n33 10.0.0.2 - : host",
		[]string{"10.0.0.1 - a 2", "10.0.0.2 - a 2 host"},
	},
	"a relay": {
		"30 10.0.0.1 - : worker_a worker_b",
		[]string{"10.0.0.1 - a 1", "10.0.0.1 - b 0"},
	},
	"one name, two clients": {
		"30 10.0.0.1 w-1 : worker_a\n31 10.0.0.1 w-2 : worker_a\n32 10.0.0.1 w-2 : q",
		[]string{"10.0.0.1 w-1 a 1", "10.0.0.1 w-2 a 2 q"},
	},
	"a worker in C beside one on one connection": {
		"30 10.0.0.1 - : worker_a host\n31 10.0.0.1 - : worker_b\n32 10.0.0.1 - : host",
		[]string{"10.0.0.1 - a 1 host", "10.0.0.1 - b 1", "10.0.0.1 - ? 1 host"},
	},
	"two workers that call themselves the same": {
		"30 10.0.0.1 w : worker_a\n31 10.0.0.1 w : worker_b\n32 10.0.0.1 w : host\n33 10.0.0.1 w : q",
		[]string{"10.0.0.1 w a 1", "10.0.0.1 w b 1", "10.0.0.1 w ? 1 host", "10.0.0.1 w ? 1 q"},
	},
	"a queue named worker_": {
		"30 10.0.0.1 - : worker_",
		[]string{"10.0.0.1 - - 1 worker_"},
	},
	"clients": {
		"30 10.0.0.1 - :\n31 10.0.0.1 - :\n32 10.0.0.2 me :",
		[]string{"10.0.0.1 - - 2", "10.0.0.2 me - 1"},
	},
}

func TestConnectionsBecomeWorkers(t *testing.T) {
	for name, c := range groupCases {
		var list []wire.WorkerStatus
		for line := range strings.SplitSeq(c.lines, "\n") {
			w, err := wire.ParseWorkerLine([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, w)
		}
		var got []string
		connections := 0
		for _, g := range groupWorkers(list, true) {
			worker := g.worker
			switch {
			case g.ambiguous:
				worker = "?"
			case worker == "":
				worker = "-"
			}
			got = append(got, strings.TrimSpace(fmt.Sprint(g.address, " ", g.id, " ", worker, " ", g.connections, " ", strings.Join(g.functions, " "))))
			connections += g.connections
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if connections != len(list) {
			t.Errorf("%s: %d connections of %d", name, connections, len(list))
		}
	}
}

func TestNamesWithBlanksArePutTogether(t *testing.T) {
	workers := []wire.WorkerStatus{{Functions: []string{"x", "worker_my", "host", "a", "b", "c", "c"}}, {Functions: []string{"host"}}}
	status := []wire.FunctionStatus{
		{Function: "worker_my host", Workers: 1},
		{Function: "a b", Workers: 1},
		{Function: "x", Workers: 1},
		{Function: " c", Workers: 2},
		{Function: " "},
		{Function: ""},
		{Function: "x worker_my host"}, // a queue without worker: these are others
	}
	joinNames(t.Context(), workers, status)
	want := []wire.WorkerStatus{{Functions: []string{"x", "worker_my host", "a b", " c", " c"}}, {Functions: []string{"host"}}}
	if diff := cmp.Diff(want, workers); diff != "" {
		t.Error(diff)
	}
}

// TestWhoAnswersIsNotGuessed: of two workers of one name one answers, and nobody can tell which.
func TestWhoAnswersIsNotGuessed(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		serveAnswers(t, addr, "a has 1 worker and is working on 0 jobs. Version: 1|worker=1;;;1;1 jobs=0c", "worker_a")
		named := newSilentWorker(t, addr, "worker_a")
		named.c.SetClientID("named")
		if err := named.c.Echo(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		rows, r := wideOf(t, addr, "worker_a")
		if diff := cmp.Diff([]string{"127.0.0.1 a shared - - 1 ", "127.0.0.1 a shared - - 1 "}, rows); diff != "" || !strings.Contains(r.stderr, "worker a: several connections serve its status queue") {
			t.Error(diff, r)
		}
	})
}

func TestVersionsThatDiffer(t *testing.T) {
	for _, c := range []struct{ rows, want string }{
		{"a=1 b=1", ""}, {"", ""}, {"a=1 b=1 c=2 d=", "c"}, {"a=1 b=2", "a b"}, {"a=1 a=1 b=2", "a a b"}, {"a=1 b=1 c=2 c=2 c=2", "c c c"},
	} {
		var rows []wideRow
		for _, word := range strings.Fields(c.rows) {
			worker, version, _ := strings.Cut(word, "=")
			r := wideRow{Worker: &worker}
			if version != "" {
				r.Version = &version
			}
			rows = append(rows, r)
		}
		markVersions(rows)
		var marked []string
		for _, r := range rows {
			if r.Differs {
				marked = append(marked, *r.Worker)
			}
		}
		if got := strings.Join(marked, " "); got != c.want {
			t.Errorf("%s: %q are marked, want %q", c.rows, got, c.want)
		}
	}
}

// serveAnswers works on queues of a server, each job with the same answer, until the test ends.
func serveAnswers(t testing.TB, addr, answer string, queues ...string) {
	t.Helper()
	c, err := new(wire.Dialer).Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { // as a relay does: all on one connection
		done <- c.WorkShared(ctx, &wire.Work{
			Function: queues[0], Limiter: wire.NewLimiter(1, 0),
			Do: func(j *wire.ActiveJob) error { return j.Complete([]byte(answer)) },
		}, queues[1:])
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		c.Close()
	})
	until(t, "it serves "+queues[0], func() bool { return queueOf(t, addr, queues[0]).Workers > 0 })
}

// wideOf runs workers --wide and returns its rows, one a line, and the notes.
func wideOf(t testing.TB, addr string, flags ...string) (rows []string, r run) {
	t.Helper()
	r = gearctl(t, "", append([]string{"workers", "--wide", "-s", addr, "-o", "json"}, flags...)...)
	var list []wideRow
	d := json.NewDecoder(strings.NewReader(r.stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	for _, w := range list {
		var b bytes.Buffer
		for _, s := range []*string{w.Address, w.Worker, &w.State, w.Version, w.Name} {
			if s == nil {
				s = &[]string{"-"}[0]
			}
			b.WriteString(*s + " ")
		}
		fmt.Fprint(&b, w.Connections, " ", strings.Join(w.Functions, ","))
		if w.Workers != nil {
			fmt.Fprint(&b, " ", *w.Workers, " ", *w.Min, " ", *w.Max, " ", *w.Busy, " ", *w.Done, " ", w.Differs)
		}
		rows = append(rows, b.String())
	}
	return rows, r
}

func TestWideAsksWorkers(t *testing.T) {
	for name, start := range map[string]func(testing.TB) string{
		"embedded": embeddedServer,
		"gearmand": func(t testing.TB) string { return gearmandtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := start(t)
			inC := "web01.example has 5 worker and is working on 2 jobs. Version: 5.2.4|worker=5;;;1;50 jobs=1234c"
			serveAnswers(t, addr, inC+"\x00"+strings.Repeat("junk", 16000), "worker_web01", "host")
			serveAnswers(t, addr, "web02 has 3 worker and is working on 0 jobs. Version: 5.2.4|worker=3;;;3;3 jobs=7c", "worker_web02", "service")
			serveAnswers(t, addr, "old has 1 worker and is working on 1 jobs. Version: 1.5.1|worker=1;;;1;1 jobs=9c", "worker_old")
			serveAnswers(t, addr, "thumbnail", "worker_thumbs")
			stuck, err := serveWorker(addr, "worker_stuck", "stuck")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(stuck)
			newSilentWorker(t, addr, "worker_asleep")
			newSilentWorker(t, addr, "check_results")
			if r := gearctl(t, "", "queue", "create", "worker_gone", "-s", addr); r.code != 0 {
				t.Fatal(r)
			}
			want := []string{
				"127.0.0.1 asleep stale - - 1 ",
				"127.0.0.1 old ok 1.5.1 old 1  1 1 1 1 9 true",
				"127.0.0.1 stuck stale - - 1 ",
				"127.0.0.1 thumbs odd - - 1 ",
				"127.0.0.1 web01 ok 5.2.4 web01.example 1 host 5 1 50 2 1234 false",
				"127.0.0.1 web02 ok 5.2.4 web02 1 service 3 3 3 0 7 false",
				"127.0.0.1 - plain - - 1 check_results",
				"- gone gone - - 0 ",
			}
			for range 2 { // the second time the job of the first is still in the hands of the stuck worker
				got, r := wideOf(t, addr, "--wait", "1s")
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				for _, note := range []string{
					"worker asleep, worker stuck: registered, and no answer within 1s\n",
					"worker thumbs: ", "worker gone: the server remembers it", "versions differ: most workers have 5.2.4; not so worker old (1.5.1)\n",
				} {
					if !strings.Contains(r.stderr, note) {
						t.Errorf("no note %q in %q", note, r.stderr)
					}
				}
				if r.code != 0 {
					t.Errorf("code %d", r.code)
				}
			}
			if q := queueOf(t, addr, "worker_asleep"); q.Total != 0 {
				t.Errorf("jobs are left behind: %+v", q)
			}
			if q := queueOf(t, addr, "worker_stuck"); q.Waiting() > 0 {
				t.Errorf("jobs are left behind: %+v", q)
			}
		})
	}
}

func TestWideDoesNotHideAServerThatFails(t *testing.T) {
	good := embeddedServer(t)
	startWorker(t, good, "host", "--no-encryption", "--hosts", "--parallel", "2")
	until(t, "the worker answers probes", func() bool { return queueOf(t, good, "worker_lab").Workers > 0 })
	for _, name := range []string{"silent", "closing", "garbage", "halfline", "badline"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := startPlayed(t, name)
			rows, r := wideOf(t, good+","+bad, "--timeout", "1s")
			if r.code != exitPartial || !slices.Contains(rows, "127.0.0.1 lab ok gearctl-test lab 3 host 2 2 2 0 0 false") || !strings.Contains(r.stderr, bad) {
				t.Errorf("%v: %+v", rows, r)
			}
		})
	}
}

// A worker of two servers is one that has a version, not two.
func TestWideOnSeveralServers(t *testing.T) {
	one, two := embeddedServer(t), embeddedServer(t)
	answer := func(name, version string) string {
		return name + " has 1 worker and is working on 0 jobs. Version: " + version + "|worker=1;;;1;1 jobs=0c"
	}
	for _, addr := range []string{one, two} {
		serveAnswers(t, addr, answer("a", "1"), "worker_a")
	}
	serveAnswers(t, one, answer("b", "2"), "worker_b")
	serveAnswers(t, one, answer("b", "2"), "worker_b")
	rows, r := wideOf(t, one+","+two, "--sort", "worker")
	want := []string{
		"127.0.0.1 a ok 1 a 1  1 1 1 0 0 true", "127.0.0.1 a ok 1 a 1  1 1 1 0 0 true", "127.0.0.1 b shared 2 b 2  1 1 1 0 0 true",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for _, note := range []string{"worker b (2): several connections serve its status queue", "versions differ: worker a (1), worker b (2)\n"} {
		if !strings.Contains(r.stderr, note) {
			t.Errorf("no note %q in %q", note, r.stderr)
		}
	}
}
