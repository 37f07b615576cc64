package exporter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// everySeries is what the exporter tells of the server that fillServer filled.
const everySeries = `gearman_jobs_left_out 0
gearman_jobs_running{function="a b"} 0
gearman_jobs_running{function="pile"} 0
gearman_jobs_running{function="worker_gone"} 0
gearman_jobs_running{function="worker_lab"} 0
gearman_jobs_waiting_by_priority{function="a b",priority="high"} 1
gearman_jobs_waiting_by_priority{function="a b",priority="low"} 1
gearman_jobs_waiting_by_priority{function="a b",priority="normal"} 0
gearman_jobs_waiting_by_priority{function="pile",priority="high"} 0
gearman_jobs_waiting_by_priority{function="pile",priority="low"} 0
gearman_jobs_waiting_by_priority{function="pile",priority="normal"} 3
gearman_jobs_waiting_by_priority{function="worker_gone",priority="high"} 0
gearman_jobs_waiting_by_priority{function="worker_gone",priority="low"} 0
gearman_jobs_waiting_by_priority{function="worker_gone",priority="normal"} 0
gearman_jobs_waiting_by_priority{function="worker_lab",priority="high"} 0
gearman_jobs_waiting_by_priority{function="worker_lab",priority="low"} 0
gearman_jobs_waiting_by_priority{function="worker_lab",priority="normal"} 0
gearman_jobs_waiting{function="a b"} 2
gearman_jobs_waiting{function="pile"} 3
gearman_jobs_waiting{function="worker_gone"} 0
gearman_jobs_waiting{function="worker_lab"} 0
gearman_jobs{function="a b"} 2
gearman_jobs{function="pile"} 3
gearman_jobs{function="worker_gone"} 0
gearman_jobs{function="worker_lab"} 0
gearman_queues 5
gearman_queues_left_out 0
gearman_scrape_errors_total{operation="connect"} 0
gearman_scrape_errors_total{operation="prioritystatus"} 0
gearman_scrape_errors_total{operation="probe"} 0
gearman_scrape_errors_total{operation="status"} 0
gearman_scrape_errors_total{operation="version"} 0
gearman_up 1
gearman_version_info{version="VERSION"} 1
gearman_worker_busy{worker="lab"} 0
gearman_worker_info{name="lab",version="gearctl-test",worker="lab"} 1
gearman_worker_jobs_done_total{worker="lab"} 0
gearman_worker_processes_max{worker="lab"} 2
gearman_worker_processes_min{worker="lab"} 2
gearman_worker_processes{worker="lab"} 2
gearman_worker_up{worker="gone"} 0
gearman_worker_up{worker="lab"} 1
gearman_workers{function="a b"} 0
gearman_workers{function="pile"} 0
gearman_workers{function="worker_gone"} 0
gearman_workers{function="worker_lab"} 1
`

// fillServer makes queues, jobs and workers.
func fillServer(t testing.TB, addr string) {
	t.Helper()
	commandtest.StartCheckWorker(t, addr, "hostgroup_dmz", "--no-encryption", "--hostgroup", "dmz", "--parallel", "2")
	servertest.Until(t, "the worker answers probes", func() bool { return servertest.Queue(t, addr, "worker_lab").Workers > 0 })
	for _, argv := range [][]string{
		{"queue", "create", "worker_gone"},
		{"submit", "--background", "--count", "3", "pile", "x"},
		{"submit", "--background", "--priority", "high", "a b", "x"},
		{"submit", "--background", "--priority", "low", "a b", "x"},
	} {
		if r := commandtest.Gearctl(t, "", append(argv, "-s", addr)...); r.Code != 0 {
			t.Fatalf("%v: %+v", argv, r)
		}
	}
}

func TestExporterTellsEverySeries(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]struct {
		start   func(testing.TB) string
		version func(t testing.TB, addr string) string
	}{
		"embedded": {servertest.Embedded, func(testing.TB, string) string { return jobserver.DefaultVersion }},
		"gearmand": {func(t testing.TB) string { return gearmandtest.Start(t) }, gearmandtest.Version},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := s.start(t)
			fillServer(t, addr)
			x := startExporter(t, addr, "--priorities", "--probe", "*", "--exclude", "hostgroup_*")
			want := strings.Replace(everySeries, "VERSION", s.version(t, addr), 1)
			for range 2 { // nothing changes because of being asked
				if diff := cmp.Diff(want, x.scrape().Of(addr).String()); diff != "" {
					t.Error(diff)
				}
			}
			if code := x.Stop(); code != 0 || x.Stdout.String() != "" {
				t.Errorf("ended with %d, stdout %q", code, x.Stdout.String())
			}
		})
	}
}

// TestACounterBelowZeroIsNoSeries: gearmand counts in 32 bits without sign.
func TestACounterBelowZeroIsNoSeries(t *testing.T) {
	t.Parallel()
	addr := servertest.ServerAnswering(t, servertest.Embedded(t), map[string]string{"status": "bad\t2\t4294967295\t1\nhidden\t4294967295\t0\t0\n.\n"})
	got := startExporter(t, addr, "--max-queues", "1").scrape().Of(addr).String()
	if strings.Contains(got, "gearman_jobs_running") || strings.Contains(got, "e+09") || strings.Contains(got, "4294967295") || !strings.Contains(got, `gearman_jobs{function="bad"} 2`) {
		t.Errorf("a counter below zero is exported, or the queue is not:\n%s", got)
	}
}

// TestAServerWithoutAVersionIsUp: a gearmand built from a source archive answers version with an empty text.
func TestAServerWithoutAVersionIsUp(t *testing.T) {
	t.Parallel()
	addr := servertest.Start(t, "127.0.0.1:0", jobserver.Options{Unversioned: true})
	scraped := startExporter(t, addr).scrape().Of(addr).String()
	for _, want := range []string{"gearman_up 1\n", `gearman_version_info{version="unknown"} 1`} {
		if !strings.Contains(scraped, want) {
			t.Errorf("scrape has no %q:\n%s", want, scraped)
		}
	}
}

func TestEveryMetricHasItsServer(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for name := range startExporter(t, addr).scrape() {
		if strings.HasPrefix(name, "gearman_") && !strings.Contains(name, fmt.Sprintf("server=%q", addr)) {
			t.Errorf("%s has no label server", name)
		}
	}
}

func TestExporterIsHonestAboutServers(t *testing.T) {
	t.Parallel()
	const operations = 5 // whose errors are counted
	good := servertest.Embedded(t)
	for name, want := range map[string]struct {
		version string
		step    string
		series  int // besides those of the server itself
	}{
		"silent": {"unknown", "version", 0}, "closing": {"unknown", "version", 0}, "garbage": {"unknown", "version", 0},
		"huge": {"unknown", "version", 0}, "endless": {"unknown", "version", 0},
		"half status": {"1.1.20", "status", 0}, "no status": {"1.1.20", "status", 0}, "bad line": {"1.1.20", "status", 14 + 3},
		"no priorities": {"1.1.20", "prioritystatus", 8 + 3}, "refuses version": {"unknown", "version", 8 + 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := servertest.StartPlayed(t, name)
			x := startExporter(t, good+","+addr, "--priorities", "--timeout", "4s")
			e := x.scrape()
			got := e.Of(addr)
			if e.Of(good)["gearman_up"] != 1 {
				t.Errorf("the good server is not up:\n%v", e)
			}
			for series, v := range map[string]float64{
				"gearman_up": 0, fmt.Sprintf("gearman_version_info{version=%q}", want.version): 1,
				fmt.Sprintf("gearman_scrape_errors_total{operation=%q}", want.step): 1,
			} {
				if n, ok := got[series]; !ok || n != v {
					t.Errorf("%s is %v, %v, want %v", series, n, ok, v)
				}
			}
			if n := len(got) - 2 - operations; n != want.series {
				t.Errorf("%d series of queues, want %d:\n%v", n, want.series, got)
			}
			x.WaitStderr(addr, 2) // at the start, and why
		})
	}
}

func TestEveryNameIsALabelAndNoTwoAreTheSame(t *testing.T) {
	t.Parallel()
	addr := servertest.StartPlayed(t, "names")
	got := startExporter(t, addr).scrape().Of(addr)
	want := servertest.Exposition{
		`\xff`: 1, `\\xff`: 2, `\\\\xff`: 3, `App\Jobs`: 4, `q"q`: 6, "t\tt": 7, "\x01\x1b": 8, "\ufffd": 9, "": 10,
	}
	for name, n := range want {
		series := fmt.Sprintf("gearman_jobs{function=%q}", name)
		if v, ok := got[series]; !ok || v != n {
			t.Errorf("%s is %v, %v, want %v", series, v, ok, n)
		}
	}
	if got["gearman_queues"] != 10 || got["gearman_up"] != 1 {
		t.Errorf("%v", got)
	}
}

// A server that accepts and says nothing would hold this scrape for an hour.
func TestPrometheusSaysHowLongItWaits(t *testing.T) {
	t.Parallel()
	addr := servertest.StartPlayed(t, "silent")
	x := startExporter(t, addr, "--timeout", "1h", "--probe", "*")
	if up, ok := x.scrape("X-Prometheus-Scrape-Timeout-Seconds: 0.05").Of(addr)["gearman_up"]; !ok || up != 0 {
		t.Errorf("up is %v, %v", up, ok)
	}
}

func TestOldServersHaveNoPriorities(t *testing.T) {
	t.Parallel()
	for name := range servertest.Dialects {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := servertest.StartOld(t, name)
			servertest.Submit(t, addr, "pile", "x")
			got := startExporter(t, addr, "--priorities").scrape().Of(addr)
			if got["gearman_up"] != 1 || got[`gearman_jobs{function="pile"}`] != 1 || strings.Contains(got.String(), "by_priority") {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestAServerThatComesBack(t *testing.T) {
	t.Parallel()
	p := gearmandtest.StartProcess(t)
	x := startExporter(t, p.Addr)
	if up := x.scrape().Of(p.Addr)["gearman_up"]; up != 1 {
		t.Errorf("up is %v", up)
	}
	p.Kill()
	for range 2 {
		if up := x.scrape().Of(p.Addr)["gearman_up"]; up != 0 {
			t.Errorf("up is %v after the end of the server", up)
		}
	}
	if n := strings.Count(x.Stderr.String(), "connection refused"); n != 1 {
		t.Errorf("the outage is told %d times: %q", n, x.Stderr.String())
	}
}
