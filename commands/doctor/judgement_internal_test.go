package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/modconf"
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// testEnv is an environment that knows no servers.
func testEnv(t *testing.T) *cli.Env {
	t.Helper()
	env := &cli.Env{Getenv: func(string) string { return "" }}
	t.Cleanup(env.Start())
	return env
}

// planOf is the plan of a module with these options, of a host with no other.
func planOf(t *testing.T, options string) (*serverInspection, *modulePlan) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "module.conf")
	if err := os.WriteFile(path, []byte(options), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := modgearman.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	d := new(inspection)
	d.env = testEnv(t)
	v := &serverInspection{host: d, plans: []modulePlan{{config: modconf.Config{Config: c}, settings: c.Settings(modgearman.ProgramNEB), loads: map[string]modgearman.QueueLoad{}}}}
	return v, &v.plans[0]
}

// factsOf are those of a server with these queues.
func factsOf(server string, rows ...wire.FunctionStatus) *serverFacts {
	f := &serverFacts{server: server, snap: &servers.Snapshot{Server: server, Version: servers.ParseVersion("1.1.20")}, role: serverRole{module: true}}
	f.snap.Queues.Rows = rows
	return f
}

// verdicts are STATE SEVERITY OBJECT: FINDING of each row.
func verdicts(s *section) string {
	var list []string
	for _, r := range s.rows {
		list = append(list, strings.TrimSpace(r.State+" "+r.Severity)+" "+r.Object+": "+r.Finding)
	}
	return strings.Join(list, "\n")
}

// TestTheReadersOfResults are compared with result_workers.
func TestTheReadersOfResults(t *testing.T) {
	t.Parallel()
	const queue = "check_results on gm1:4730: "
	for _, tt := range []struct {
		options        string
		total, readers int64
		want           string
	}{
		{"result_workers=2", 3, 2, "ok " + queue + "read by 2, as set by result_workers; 3 jobs wait"},
		{"result_workers=2", 1, 2, "ok " + queue + "read by 2, as set by result_workers; 1 job waits"},
		{"result_workers=2", 0, 0, "finding error " + queue + "no consumer for the results"},
		{"result_workers=2", 5, 0, "finding error " + queue + "no consumer for the results; 5 jobs wait"},
		{"result_workers=2", 0, 3, "finding error " + queue + "3 readers, but the module has 2 (result_workers): two cores share the queue and each gets half of the results"},
		{"result_workers=2", 0, 1, "finding warning " + queue + "1 reader, but the module should have 2 (result_workers)"},
		{"result_workers=0", 0, 1, "finding warning " + queue + "result_workers=0, but 1 reader: another core takes the results"},
		{"result_workers=0", 0, 0, ""},
	} {
		v, p := planOf(t, tt.options+"\n")
		s := &section{}
		v.checkReaders(s, factsOf("gm1:4730", wire.FunctionStatus{Function: "check_results", Total: tt.total, Workers: tt.readers}), p)
		if got := verdicts(s); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestTheReadersOfPerformanceData: without one the queue grows without limit, unless perfdata_mode is 1.
func TestTheReadersOfPerformanceData(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode           int
		total, readers int64
		want           string
	}{
		{1, 0, 1, "ok perfdata on gm1:4730: read by 1; 0 jobs wait"},
		{2, 3, 2, "ok perfdata on gm1:4730: read by 2; 3 jobs wait"},
		{1, 4, 0, "finding warning perfdata on gm1:4730: no consumer for the performance data; 4 jobs wait, at most one job per host and service (perfdata_mode=1)"},
		{2, 0, 0, "finding error perfdata on gm1:4730: no consumer for the performance data, and the queue grows without limit, until memory is exhausted (perfdata_mode=2)"},
	} {
		v, p := planOf(t, fmt.Sprintf("perfdata=yes\nperfdata_mode=%d\n", tt.mode))
		s := &section{}
		v.checkPerfdataQueue(s, factsOf("gm1:4730", wire.FunctionStatus{Function: "perfdata", Total: tt.total, Workers: tt.readers}), p, "perfdata")
		if got := verdicts(s); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestWhatWaitsWithoutAWorker: phantoms if the server ignores as many jobs, else jobs that nobody does.
func TestWhatWaitsWithoutAWorker(t *testing.T) {
	t.Parallel()
	unknown := &wire.OpError{Server: "gm1:4730", Op: "show jobs", Err: &wire.ServerError{Code: "UNKNOWN_SHOW_ARGUMENTS"}}
	for name, tt := range map[string]struct {
		ignored int64
		err     error
		prefix  int64 // workers of hostgroup_q
		want    string
	}{
		"jobs":               {2, nil, 0, "finding error q on gm1:4730: 3 jobs wait but no worker serves it"},
		"phantoms":           {3, nil, 0, "finding warning q on gm1:4730: 3 jobs wait but no worker serves it: apparently phantoms of cancelled or abandoned jobs (the server ignores 3)"},
		"phantoms, no doubt": {4, nil, 1, "finding warning q on gm1:4730: 3 jobs wait but no worker serves it: apparently phantoms of cancelled or abandoned jobs (the server ignores 4)"},
		"without the prefix": {0, nil, 1, "finding error q on gm1:4730: 3 jobs wait but no worker serves it; workers serve hostgroup_q: the prefix is missing"},
		"not known":          {9, errors.New("broken"), 0, "unknown q on gm1:4730: 3 jobs wait but no worker serves it; unknown whether they are phantoms: broken"},
		"an old server":      {9, unknown, 0, "unknown q on gm1:4730: 3 jobs wait but no worker serves it; gearmand 1.1.20 cannot list jobs, so they may be phantoms"},
	} {
		v, _ := planOf(t, "")
		q := wire.FunctionStatus{Function: "q", Total: 3}
		f := factsOf("gm1:4730", q, wire.FunctionStatus{Function: "hostgroup_q", Workers: tt.prefix})
		f.ignored, f.ignoredErr = tt.ignored, tt.err
		s := &section{}
		if v.reportStuck(s, f, q); verdicts(s) != tt.want {
			t.Errorf("%s: %s", name, verdicts(s))
		}
	}
	v, p := planOf(t, "services=yes\nresult_queue=res\n")
	rows := []wire.FunctionStatus{{Function: "a", Total: 1}, {Function: "b", Total: 1, Workers: 1}, {Function: "c"}, {Function: "d", Total: 1, Running: 1}, {Function: "res", Total: 1}, {Function: "service", Total: 1}}
	for module, want := range map[bool]string{true: "a: res service", false: "a res service: "} {
		f := factsOf("gm1:4730", rows...)
		f.role.module = module
		stuck, elsewhere := v.stuckQueues(f)
		var names []string
		for _, q := range stuck {
			names = append(names, q.Function)
		}
		if got := strings.Join(names, " ") + ": " + strings.Join(elsewhere, " "); got != want {
			t.Errorf("its queues are the module's: %v (%v): %s, want %s", module, p.queues(), got, want)
		}
	}
	for name, want := range map[string]string{"q": "q.jobs", "a/b\n": "a_b_.jobs", "--to": "to.jobs", "..x": "x.jobs", "a-b.c": "a-b.c.jobs"} {
		if got := archiveName(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

// TestTheLoadOfHashChains: a warning from 201 jobs a chain on.
func TestTheLoadOfHashChains(t *testing.T) {
	t.Parallel()
	for total, want := range map[int64]string{
		1:           "ok gm1:4730: 1 job in 991 hash chains",
		201*991 - 1: "ok gm1:4730: 199,190 jobs in 991 hash chains",
		201 * 991:   "finding warning gm1:4730: 199,191 jobs, 201 in each of its 991 hash chains",
	} {
		v, _ := planOf(t, "")
		v.facts = []*serverFacts{factsOf("gm1:4730", wire.FunctionStatus{Function: "q", Total: total})}
		s := &section{}
		if v.checkLoad(t.Context(), s); !strings.HasPrefix(verdicts(s), want) {
			t.Errorf("%d: %s", total, verdicts(s))
		}
	}
}

// TestTheDescriptorsOfAGearmand: an error with fewer than 16 left, a warning from four fifths on.
func TestTheDescriptorsOfAGearmand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		files, limit int64
		want         string
	}{
		{799, 1000, ""},
		{800, 1000, "finding warning 800 of its 1,000 descriptors are open: at its limit gearmand accepts no connection, and"},
		{983, 1000, "finding warning 983 of its 1,000 descriptors are open: at its limit gearmand accepts no connection, and"},
		{984, 1000, "finding error 984 of its 1,000 descriptors are open: at its limit gearmand accepts no connection, takes"},
		{1000, 1000, "finding error 1,000 of its 1,000 descriptors are open"},
		{5, -1, ""},
		{10, 100, ""},
	} {
		s := &section{}
		p := &gearmand.Process{Files: tt.files, Limit: tt.limit}
		new(inspection).checkDescriptors(s, gearmand.Instance{Process: p})
		got := ""
		for _, r := range s.rows {
			got += r.State + " " + r.Severity + " " + r.Finding
		}
		if !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") || isFull(p) != strings.HasPrefix(tt.want, "finding error") {
			t.Errorf("%+v: %s, full %v", tt, got, isFull(p))
		}
	}
}

// TestWhatAWorkerThatSendsNoStatusIs: silent is an error, disconnected nothing, and what could not be asked inconclusive.
func TestWhatAWorkerThatSendsNoStatusIs(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"finding error w on gm1: connected, but no status reply within 2s: it hangs, or its host is down": &probe.NoReplyError{Reason: "no answer in time"},
		"": &probe.NoWorkerError{},
		"unknown w on gm1: cannot query its status: broken": errors.New("broken"),
	} {
		s := &section{}
		reportWorker(testEnv(t), s, "w on gm1", "gm1", &probe.StatusReply{Err: err})
		if got := verdicts(s); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

// TestTheWordsOfAReport: check and state only where they begin, the severity for a finding, and the fix below.
func TestTheWordsOfAReport(t *testing.T) {
	t.Parallel()
	a, b := &section{check: "a"}, &section{check: "b"}
	a.ok("o", "fine")
	a.warn("o", "mend it", "so so")
	b.fail("p", "", "bad")
	b.unknown("q", "", "unclear")
	b.advise("r", "", "to know")
	var got []string
	for _, l := range reportLines(append(a.rows, b.rows...), 0) {
		got = append(got, l.Check+"|"+l.State+"|"+l.Finding)
	}
	want := "a|ok|o: fine\n|warning|o: so so\n||fix: mend it\nb|error|p: bad\n|unknown|q: unclear\n|advisory|r: to know"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

// TestAClockIsWrongFromHalfASecondOn.
func TestAClockIsWrongFromHalfASecondOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		report roundtrip.Report
		want   string
	}{
		{roundtrip.Report{Worker: "w", Skewed: true, Skew: maxSkew - 1}, "ok q on gm1"},
		{roundtrip.Report{Worker: "w", Skewed: true, Skew: maxSkew}, "finding warning q on gm1: the clock of worker w is 0.500 s or more ahead of ours"},
		{roundtrip.Report{Worker: "w", Skewed: true, Skew: -maxSkew}, "finding warning q on gm1: the clock of worker w is 0.500 s or more behind ours"},
		{roundtrip.Report{NoResult: true, Output: "no result"}, "finding error q on gm1: no result"},
		{roundtrip.Report{NoResult: true, WrongKey: true, Output: "wrong key", Skew: maxSkew}, "finding error q on gm1: wrong key"},
	} {
		v, p := planOf(t, "")
		s := &section{}
		v.reportRoundTrip(s, p, modgearman.Key{}, &testCheck{server: "gm1", queue: "q", row: tt.report})
		if got := verdicts(s); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
