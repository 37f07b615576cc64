package workers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/commands/workers"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestWhoAnswersIsNotGuessed: of two workers of one name one answers, and nobody can tell which.
func TestWhoAnswersIsNotGuessed(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		servertest.ServeAnswers(t, addr, "a has 1 worker and is working on 0 jobs. Version: 1|worker=1;;;1;1 jobs=0c", "worker_a")
		named := servertest.NewSilentWorker(t, addr, "worker_a")
		named.Conn.SetClientID("named")
		if err := named.Conn.Echo(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		rows, r := wideOf(t, addr, "worker_a")
		if diff := cmp.Diff([]string{"127.0.0.1 a shared - - 1 ", "127.0.0.1 a shared - - 1 "}, rows); diff != "" || !strings.Contains(r.Stderr, "worker a: several connections serve its status queue") {
			t.Error(diff, r)
		}
	})
}

// wideOf runs workers --wide and returns its rows, one a line, and the notes.
func wideOf(t testing.TB, addr string, flags ...string) (rows []string, r commandtest.Run) {
	t.Helper()
	r = commandtest.Gearctl(t, "", append([]string{"workers", "--wide", "-s", addr, "-o", "json"}, flags...)...)
	var list []workers.WideRow
	d := json.NewDecoder(strings.NewReader(r.Stdout))
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
	t.Parallel()
	for name, start := range map[string]func(testing.TB) string{
		"embedded": servertest.Embedded,
		"gearmand": func(t testing.TB) string { return gearmandtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := start(t)
			inC := "web01.example has 5 worker and is working on 2 jobs. Version: 5.2.4|worker=5;;;1;50 jobs=1234c"
			servertest.ServeAnswers(t, addr, inC+"\x00"+strings.Repeat("junk", 16000), "worker_web01", "host")
			servertest.ServeAnswers(t, addr, "web02 has 3 worker and is working on 0 jobs. Version: 5.2.4|worker=3;;;3;3 jobs=7c", "worker_web02", "service")
			servertest.ServeAnswers(t, addr, "old has 1 worker and is working on 1 jobs. Version: 1.5.1|worker=1;;;1;1 jobs=9c", "worker_old")
			servertest.ServeAnswers(t, addr, "thumbnail", "worker_thumbs")
			stuck, err := servertest.Serve(addr, "worker_stuck", "stuck")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(stuck)
			servertest.NewSilentWorker(t, addr, "worker_asleep")
			servertest.NewSilentWorker(t, addr, "check_results")
			if r := commandtest.Gearctl(t, "", "queue", "create", "worker_gone", "-s", addr); r.Code != 0 {
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
				got, r := wideOf(t, addr, "--wait", "4s")
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				for _, note := range []string{
					"worker asleep, worker stuck: registered, but no answer within 4s\n",
					"worker thumbs: ", "worker gone: its queue exists, but no worker is registered", "versions differ: most workers have 5.2.4, but not worker old (1.5.1)\n",
				} {
					if !strings.Contains(r.Stderr, note) {
						t.Errorf("no note %q in %q", note, r.Stderr)
					}
				}
				if r.Code != 0 {
					t.Errorf("code %d", r.Code)
				}
			}
			if q := servertest.Queue(t, addr, "worker_asleep"); q.Total != 0 {
				t.Errorf("jobs are left behind: %+v", q)
			}
			if q := servertest.Queue(t, addr, "worker_stuck"); q.Waiting() > 0 {
				t.Errorf("jobs are left behind: %+v", q)
			}
		})
	}
}

func TestWideDoesNotHideAServerThatFails(t *testing.T) {
	t.Parallel()
	good := servertest.Embedded(t)
	commandtest.StartCheckWorker(t, good, "host", "--no-encryption", "--hosts", "--parallel", "2")
	servertest.Until(t, "the worker answers probes", func() bool { return servertest.Queue(t, good, "worker_lab").Workers > 0 })
	for _, name := range []string{"silent", "closing", "garbage", "halfline", "badline"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := servertest.StartPlayed(t, name)
			rows, r := wideOf(t, good+","+bad, "--timeout", "4s")
			if r.Code != commandtest.ExitPartial || !slices.Contains(rows, "127.0.0.1 lab ok gearctl-test lab 3 host 2 2 2 0 0 false") || !strings.Contains(r.Stderr, bad) {
				t.Errorf("%v: %+v", rows, r)
			}
		})
	}
}

// A worker of two servers is one that has a version, not two.
func TestWideOnSeveralServers(t *testing.T) {
	t.Parallel()
	one, two := servertest.Embedded(t), servertest.Embedded(t)
	answer := func(name, version string) string {
		return name + " has 1 worker and is working on 0 jobs. Version: " + version + "|worker=1;;;1;1 jobs=0c"
	}
	for _, addr := range []string{one, two} {
		servertest.ServeAnswers(t, addr, answer("a", "1"), "worker_a")
	}
	servertest.ServeAnswers(t, one, answer("b", "2"), "worker_b")
	servertest.ServeAnswers(t, one, answer("b", "2"), "worker_b")
	rows, r := wideOf(t, one+","+two, "--sort", "worker")
	want := []string{
		"127.0.0.1 a ok 1 a 1  1 1 1 0 0 true", "127.0.0.1 a ok 1 a 1  1 1 1 0 0 true", "127.0.0.1 b shared 2 b 2  1 1 1 0 0 true",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for _, note := range []string{"worker b (2): several connections serve its status queue", "versions differ: worker a (1), worker b (2)\n"} {
		if !strings.Contains(r.Stderr, note) {
			t.Errorf("no note %q in %q", note, r.Stderr)
		}
	}
}
