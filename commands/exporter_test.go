package commands

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
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
	startWorker(t, addr, "hostgroup_dmz", "--no-encryption", "--hostgroup", "dmz", "--parallel", "2")
	until(t, "the worker answers probes", func() bool { return queueOf(t, addr, "worker_lab").Workers > 0 })
	for _, argv := range [][]string{
		{"queue", "create", "worker_gone"},
		{"submit", "--background", "--count", "3", "pile", "x"},
		{"submit", "--background", "--priority", "high", "a b", "x"},
		{"submit", "--background", "--priority", "low", "a b", "x"},
	} {
		if r := gearctl(t, "", append(argv, "-s", addr)...); r.code != 0 {
			t.Fatalf("%v: %+v", argv, r)
		}
	}
}

func TestExporterTellsEverySeries(t *testing.T) {
	for name, s := range map[string]struct {
		start   func(testing.TB) string
		version string
	}{
		"embedded": {embeddedServer, jobserver.DefaultVersion},
		"gearmand": {func(t testing.TB) string { return gearmandtest.Start(t) }, "1.1.20+ds"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := s.start(t)
			fillServer(t, addr)
			x := startExporter(t, addr, "--priorities", "--probe", "*", "--exclude", "hostgroup_*")
			want := strings.Replace(everySeries, "VERSION", s.version, 1)
			for range 2 { // nothing changes because of being asked
				if diff := cmp.Diff(want, x.scrape().of(addr).String()); diff != "" {
					t.Error(diff)
				}
			}
			if code := x.stop(); code != 0 || x.stdout.String() != "" {
				t.Errorf("ended with %d, stdout %q", code, x.stdout.String())
			}
		})
	}
}

func TestEveryMetricHasItsServer(t *testing.T) {
	addr := embeddedServer(t)
	for name := range startExporter(t, addr).scrape() {
		if strings.HasPrefix(name, "gearman_") && !strings.Contains(name, fmt.Sprintf("server=%q", addr)) {
			t.Errorf("%s has no label server", name)
		}
	}
}

func TestExporterIsHonestAboutServers(t *testing.T) {
	good := embeddedServer(t)
	for name, want := range map[string]struct {
		version string
		step    scrapeStep
		series  int // besides those of the server itself
	}{
		"silent": {unknownVersion, stepVersion, 0}, "closing": {unknownVersion, stepVersion, 0}, "garbage": {unknownVersion, stepVersion, 0},
		"huge": {unknownVersion, stepVersion, 0}, "endless": {unknownVersion, stepVersion, 0},
		"half status": {"1.1.20", stepStatus, 0}, "no status": {"1.1.20", stepStatus, 0}, "bad line": {"1.1.20", stepStatus, 14 + 3},
		"no priorities": {"1.1.20", stepPriorities, 8 + 3}, "refuses version": {unknownVersion, stepVersion, 8 + 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := startPlayed(t, name)
			x := startExporter(t, good+","+addr, "--priorities", "--timeout", "1s")
			e := x.scrape()
			got := e.of(addr)
			if e.of(good)["gearman_up"] != 1 {
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
			if n := len(got) - 2 - len(scrapeSteps()); n != want.series {
				t.Errorf("%d series of queues, want %d:\n%v", n, want.series, got)
			}
			x.says(addr, 2) // at the start, and why
		})
	}
}

// startPlayed starts a server of hostilities, or one that answers the admin commands as its name says.
func startPlayed(t testing.TB, name string) (addr string) {
	t.Helper()
	h := hostilities[name]
	if h == nil {
		h = playAdmin(name)
	}
	addr, stop, err := startHostile(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}

// playAdmin answers version, status and prioritystatus.
func playAdmin(name string) hostility {
	const version, status, priorities = "OK 1.1.20\n", "a\t3\t1\t2\nb\t0\t0\t0\n.\n", "a\t2\t0\t0\t2\n.\n"
	answers := map[string]map[string]string{
		"half status":     {"version": version, "status": "a\t3\t1\t2\nb\t0"},
		"no status":       {"version": version, "status": "ERR UNKNOWN_COMMAND Unknown+server+command\n"},
		"bad line":        {"version": version, "status": "a\t3\t1\t2\nwhat\nb\t0\t0\t0\n.\n", "prioritystatus": "a\t2\t0\t0\t2\nb\t0\t0\t0\t0\n.\n"},
		"no priorities":   {"version": version, "status": status, "prioritystatus": "a\t2"},
		"refuses version": {"version": "ERR UNKNOWN_COMMAND Unknown+server+command\n", "status": status, "prioritystatus": priorities},
		"names": {"version": version, "prioritystatus": ".\n", "status": "" +
			"\xff\t1\t0\t0\n" + `\xff` + "\t2\t0\t0\n" + `\\xff` + "\t3\t0\t0\n" + `App\Jobs` + "\t4\t0\t0\n" +
			"\xff\t5\t0\t0\n" + "q\"q\t6\t0\t0\n" + "t\tt\t7\t0\t0\n" + "\x01\x1b\t8\t0\t0\n" + "\ufffd\t9\t0\t0\n" + "\t10\t0\t0\n.\n"},
	}[name]
	return func(c net.Conn) {
		r := wire.NewReader(c)
		for {
			line, err := r.ReadLine()
			if err != nil {
				return
			}
			answer, ok := answers[string(line)]
			io.WriteString(c, answer)
			if !ok || !strings.HasSuffix(answer, "\n") {
				return
			}
		}
	}
}

func TestEveryNameIsALabelAndNoTwoAreTheSame(t *testing.T) {
	addr := startPlayed(t, "names")
	got := startExporter(t, addr).scrape().of(addr)
	want := exposition{
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

func TestTooManyQueuesAreLeftOutAndCounted(t *testing.T) {
	rows := []wire.FunctionStatus{
		{Function: "c", Total: 4},
		{Function: "a", Total: 1},
		{Function: "b", Total: 2},
		{Function: "a", Total: 7},
		{Function: "d", Total: 8},
		{Function: privateQueue + "1"},
		{Function: "x"},
	}
	no, _ := newQueueMatcher([]string{"x"})
	f := queueFilter{exclude: no, most: 2}
	shown, leftOut := f.pick(rows)
	if diff := cmp.Diff([]wire.FunctionStatus{rows[1], rows[2]}, shown); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]wire.FunctionStatus{rows[0], rows[4]}, leftOut); diff != "" {
		t.Error(diff)
	}
}

func TestTheTimeOfAScrape(t *testing.T) {
	x := &exporter{timeout: 5 * time.Second}
	for header, want := range map[string]time.Duration{
		"": x.timeout, "10": x.timeout, "5": 4500 * time.Millisecond, "1": 800 * time.Millisecond, "0.1": 80 * time.Millisecond,
		"0": x.timeout, "-1": x.timeout, "x": x.timeout, "NaN": x.timeout, "+Inf": x.timeout, "1e300": x.timeout,
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set(scrapeTimeoutHeader, header)
		if got := x.limit(r); got != want {
			t.Errorf("header %q: %v, want %v", header, got, want)
		}
	}
}

// A server that accepts and says nothing would hold this scrape for an hour.
func TestPrometheusSaysHowLongItWaits(t *testing.T) {
	addr := startPlayed(t, "silent")
	x := startExporter(t, addr, "--timeout", "1h", "--probe", "*")
	if up, ok := x.scrape(scrapeTimeoutHeader + ": 0.05").of(addr)["gearman_up"]; !ok || up != 0 {
		t.Errorf("up is %v, %v", up, ok)
	}
}

func TestOldServersHaveNoPriorities(t *testing.T) {
	for name := range dialects {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := startOld(t, name)
			submitTo(t, addr, "pile", "x")
			got := startExporter(t, addr, "--priorities").scrape().of(addr)
			if got["gearman_up"] != 1 || got[`gearman_jobs{function="pile"}`] != 1 || strings.Contains(got.String(), "by_priority") {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestAServerThatComesBack(t *testing.T) {
	p := gearmandtest.StartProcess(t)
	x := startExporter(t, p.Addr)
	if up := x.scrape().of(p.Addr)["gearman_up"]; up != 1 {
		t.Errorf("up is %v", up)
	}
	p.Kill()
	for range 2 {
		if up := x.scrape().of(p.Addr)["gearman_up"]; up != 0 {
			t.Errorf("up is %v after the end of the server", up)
		}
	}
	if n := strings.Count(x.stderr.String(), "connection refused"); n != 1 {
		t.Errorf("the outage is told %d times: %q", n, x.stderr.String())
	}
}
