package health

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

func matcher(t *testing.T, patterns ...string) *servers.Matcher {
	t.Helper()
	m, err := servers.NewMatcher(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustLimits(t *testing.T, warning, critical string) nagios.Limits {
	t.Helper()
	l, err := nagios.ParseLimits(warning, critical)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func queueOf(name string, total, running, workers int64) wire.FunctionStatus {
	return wire.FunctionStatus{Function: name, Total: total, Running: running, Workers: workers}
}

// reasonTexts are STATE QUEUE: TEXT of each reason.
func reasonTexts(reasons []reason) string {
	var list []string
	for _, r := range reasons {
		list = append(list, fmt.Sprintf("%d %s: %s", r.state, r.queue, r.text))
	}
	return strings.Join(list, "\n")
}

// TestWhatIsSaidOfAQueue by its thresholds: a named queue needs a worker, and a queue without one is not told to have too few.
func TestWhatIsSaidOfAQueue(t *testing.T) {
	t.Parallel()
	low, high := mustLimits(t, "2", "5"), mustLimits(t, "3:", "1:")
	all := &nagios.QueueLimits{nagios.MetricWaiting: low, nagios.MetricRunning: low, nagios.MetricWorkers: high}
	byPriority := &nagios.QueueLimits{nagios.NumMetrics - 3: low, nagios.NumMetrics - 2: low, nagios.NumMetrics - 1: low}
	for name, tt := range map[string]struct {
		q            wire.FunctionStatus
		limits       *nagios.QueueLimits
		priority     *wire.PriorityStatus
		named, known bool
		want         string
	}{
		"fine":                     {q: queueOf("q", 4, 2, 3), limits: all},
		"just over":                {q: queueOf("q", 6, 3, 3), limits: all, want: "1 q: 3 jobs waiting (warning 2)\n1 q: 3 jobs running (warning 2)"},
		"at the critical ones":     {q: queueOf("q", 10, 5, 1), limits: all, want: "1 q: 5 jobs waiting (warning 2)\n1 q: 5 jobs running (warning 2)\n1 q: 1 worker (warning 3:)"},
		"over them":                {q: queueOf("q", 12, 6, 2), limits: all, want: "2 q: 6 jobs waiting (critical 5)\n2 q: 6 jobs running (critical 5)\n1 q: 2 workers (warning 3:)"},
		"idle without a worker":    {q: queueOf("q", 0, 0, 0), limits: all, want: "2 q: 0 workers (critical 1:)"},
		"named, without a worker":  {q: queueOf("q", 0, 0, 0), limits: all, named: true, want: "2 q: no worker"},
		"named, a job still runs":  {q: queueOf("q", 1, 1, 0), limits: &nagios.QueueLimits{}, named: true, want: "2 q: no worker"},
		"waiting without a worker": {q: queueOf("q", 9, 0, 0), limits: all, want: "2 q: 9 jobs waiting without a worker"},
		"named, waiting":           {q: queueOf("q", 9, 3, 0), limits: all, named: true, want: "2 q: 6 jobs waiting without a worker\n1 q: 3 jobs running (warning 2)"},
		"named, fine":              {q: queueOf("q", 0, 0, 1), limits: &nagios.QueueLimits{}, named: true},
		"by priority": {
			q: queueOf("q", 9, 0, 1), limits: byPriority, priority: &wire.PriorityStatus{High: 6, Normal: 2, Low: 3}, known: true,
			want: "2 q: 6 jobs waiting of high priority (critical 5)\n1 q: 3 jobs waiting of low priority (warning 2)",
		},
		"by priority, not told":       {q: queueOf("q", 9, 0, 1), limits: byPriority, known: true, want: "3 q: the server does not report jobs by priority"},
		"by priority, asked in vain":  {q: queueOf("q", 9, 0, 1), limits: byPriority},
		"numbers that cannot be true": {q: queueOf("q", 1, 2, 1), limits: &nagios.QueueLimits{}, want: "3 q: more jobs running (2) than there are (1)"},
	} {
		s := &serverResult{server: "gm1:4730"}
		(&inspection{}).checkQueue(s, &queueResult{FunctionStatus: tt.q, limits: tt.limits, priority: tt.priority}, tt.named, tt.known)
		if got := reasonTexts(s.reasons); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, tt.want)
		}
	}
}

// TestWhichQueuesAreChecked: gearctl's own only if they are named, excluded ones never.
func TestWhichQueuesAreChecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		patterns, require, exclude []string
		want                       string
	}{
		{nil, nil, nil, "a b"},
		{[]string{"*"}, nil, nil, "a b"},
		{[]string{"a"}, nil, nil, "a"},
		{[]string{"gearctl_canary_x"}, nil, nil, "gearctl_canary_x"},
		{[]string{"gearctl*"}, nil, nil, ""},
		{[]string{"b"}, []string{"a"}, nil, "a b"},
		{[]string{"b"}, []string{"gearctl_canary_x"}, nil, "b gearctl_canary_x"},
		{nil, nil, []string{"a"}, "b"},
		{[]string{"a*", "b"}, []string{"c"}, []string{"a"}, "b"},
	} {
		v := &inspection{o: &options{matcher: matcher(t, tt.patterns...)}, rules: &ruleSet{require: tt.require, excluded: matcher(t, tt.exclude...)}}
		var got []string
		for _, q := range []string{"a", "b", "gearctl_canary_x"} {
			if v.wants(q) {
				got = append(got, q)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%v, require %v, exclude %v: %v, want %s", tt.patterns, tt.require, tt.exclude, got, tt.want)
		}
	}
	v := &inspection{o: &options{matcher: matcher(t, "b", "x*")}, rules: &ruleSet{require: []string{"c", "b", "a"}, excluded: matcher(t)}}
	if got := strings.Join(v.namedQueues(), " "); got != "a b c" {
		t.Errorf("the queues that must exist: %s", got)
	}
	s := &serverResult{server: "gm1:4730", known: []string{"service"}}
	q := queueOf("b", 0, 0, 1)
	v.reportMissing(s, "b", &q)
	v.reportMissing(s, "c", nil)
	v.reportMissing(s, "servcie", nil)
	v.reportMissing(s, "other", nil)
	want := "2 c: required queue does not exist\n3 servcie: unknown queue: did you mean \"service\"?\n3 other: unknown queue"
	if got := reasonTexts(s.reasons); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestAServerOfWhichNothingIsChecked is a WARNING if it has no queues, UNKNOWN if some were asked for or would be compared.
func TestAServerOfWhichNothingIsChecked(t *testing.T) {
	t.Parallel()
	const none, nothing = "1 : no queues: no worker has registered and no job was submitted (--allow-empty accepts this)", "3 : no queue matched; nothing was checked"
	own, some := []wire.FunctionStatus{queueOf("gearctl_canary_x", 1, 0, 0)}, []wire.FunctionStatus{queueOf("q", 0, 0, 0)}
	compares := nagios.QueueLimits{nagios.MetricRunning: mustLimits(t, "", "5")}
	rule := []*nagios.Rule{{Glob: "x"}}
	for name, tt := range map[string]struct {
		list       []wire.FunctionStatus
		patterns   []string
		allowEmpty bool
		rules      ruleSet
		reasons    []reason
		want       string
	}{
		"empty":                        {want: none},
		"only gearctl's own":           {list: own, want: none},
		"all are excluded":             {list: some},
		"empty is allowed":             {allowEmpty: true},
		"allowed, with thresholds":     {allowEmpty: true, rules: ruleSet{general: compares}},
		"allowed, but asked for":       {allowEmpty: true, patterns: []string{"q"}, want: nothing},
		"asked for":                    {list: some, patterns: []string{"x*"}, want: nothing},
		"excluded, with thresholds":    {list: some, rules: ruleSet{general: compares}, want: nothing},
		"excluded, allowed, compared":  {list: some, allowEmpty: true, rules: ruleSet{general: compares}, want: nothing},
		"empty, with thresholds":       {rules: ruleSet{general: compares}, want: nothing},
		"empty, with a rule":           {rules: ruleSet{rules: rule}},
		"empty, with a required queue": {rules: ruleSet{require: []string{"x"}}},
		"empty, and a reason already":  {reasons: []reason{{state: 3, text: "x"}}, want: "3 : x"},
	} {
		s := &serverResult{server: "gm1:4730", reasons: tt.reasons}
		v := &inspection{o: &options{matcher: matcher(t, tt.patterns...), allowEmpty: tt.allowEmpty}, rules: &tt.rules}
		v.checkNoQueues(s, tt.list)
		if got := reasonTexts(s.reasons); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// TestRulesThatDoNothingAreUnknown, if a server answered: those that match no queue, and those whose queues have earlier ones.
func TestRulesThatDoNothingAreUnknown(t *testing.T) {
	t.Parallel()
	h := &ruleSet{excluded: matcher(t, "old*"), rules: []*nagios.Rule{
		{Glob: "host*"}, {Glob: "hostgroup_a"}, {Glob: "old_x"}, {Glob: "gone"}, {Glob: "missing", Optional: true}, {Glob: "*"}, {Glob: "service"},
	}}
	o := &options{matcher: matcher(t, "se*", "zz*", "service"), perfdata: perfdataAll}
	list := []*serverResult{{server: "b:1", err: errors.New("x")}, {server: "a:1", known: []string{"hostgroup_a", "old_x", "service"}}}
	want := `3 : rule "hostgroup_a" never applies: earlier rules match its queues
3 : rule "old_x" matches no queue
3 : rule "gone" matches no queue
3 : rule "service" never applies: earlier rules match its queues
3 : no queue matches "zz*"`
	if got := reasonTexts(newReport(list, o, h).reasons); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := newReport(list[:1], o, h).reasons; len(got) > 0 {
		t.Errorf("no server answered: %s", reasonTexts(got))
	}
	list = []*serverResult{{server: "b:1"}, {server: "a:1"}}
	list[0].add(nagios.StateWarning, "", "b")
	list[1].add(nagios.StateWarning, "x", "a1")
	list[1].add(nagios.StateWarning, "", "a2")
	if got := reasonTexts(newReport(list, &options{matcher: matcher(t)}, &ruleSet{}).reasons); got != "1 x: a1\n1 : a2\n1 : b" {
		t.Errorf("reasons of one state by server: %s", got)
	}
}

// TestTheFirstLineHasThreeReasons, shortened if there are several, and counts the others.
func TestTheFirstLineHasThreeReasons(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 98)
	r := &report{servers: []*serverResult{{server: "a:1"}}}
	want := []string{
		"OK: 0 queues, 0 jobs waiting, 0 running",
		"CRITICAL: q: " + long,
		"CRITICAL: q: " + long[:2*96] + "…; q: " + long[:2*96] + "…",
		"CRITICAL: " + strings.Repeat("q: "+long[:2*96]+"…; ", 2) + "q: " + long[:2*96] + "…",
		"CRITICAL: " + strings.Repeat("q: "+long[:2*96]+"…; ", 3) + "and 1 more",
		"CRITICAL: " + strings.Repeat("q: "+long[:2*96]+"…; ", 3) + "and 2 more",
	}
	for n, line := range want {
		if got := r.line(); got != line {
			t.Errorf("%d reasons: got %s, want %s", n, got, line)
		}
		r.reasons = append(r.reasons, reason{2, "a:1", "q", long})
	}
	if got := truncate(strings.Repeat("x", 100)); got != strings.Repeat("x", 100) {
		t.Errorf("100 characters become %q", got)
	}
	for several, want := range map[bool][4]string{false: {"q: t", "a:1: t", "q: t", "t"}, true: {"q on a:1: t", "a:1: t", "q: t", "t"}} {
		r := &report{several: several}
		for i, c := range []reason{{0, "a:1", "q", "t"}, {0, "a:1", "", "t"}, {0, "", "q", "t"}, {0, "", "", "t"}} {
			if got := r.describe(c); got != want[i] {
				t.Errorf("several %v: %q, want %q", several, got, want[i])
			}
		}
	}
}

// TestTheSummaryCountsWhatAnswered, also of several servers of which one is lost.
func TestTheSummaryCountsWhatAnswered(t *testing.T) {
	t.Parallel()
	up := &serverResult{server: "a:1", queues: []queueResult{{FunctionStatus: queueOf("q", 5, 2, 1)}, {FunctionStatus: queueOf("r", 1, 1<<32-1, 1)}}}
	full := &serverResult{server: "b:1", queues: up.queues[:1], probes: make([]answer, 1), endToEnd: make([]answer, 2), storage: make([]answer, 1)}
	down := &serverResult{server: "c:1", err: errors.New("x")}
	for want, list := range map[string][]*serverResult{
		"2 queues, 4 jobs waiting, 2 running": {up},
		"1 queue, 3 jobs waiting, 2 running, 1 probe answered, 2 test checks came back, 1 store works": {full},
		"0 queues, 0 jobs waiting, 0 running": {down},
		"3 queues on 2 servers, 7 jobs waiting, 4 running, 1 probe answered, 2 test checks came back, 1 store works":  {up, full},
		"2 queues on 1 of 2 servers, 4 jobs waiting, 2 running":                                                       {up, down},
		"2 queues on 2 servers, 6 jobs waiting, 4 running, 2 probes answered, 4 test checks came back, 2 stores work": {full, full},
		"0 queues on 0 of 2 servers, 0 jobs waiting, 0 running":                                                       {down, down},
	} {
		if got := newReport(list, &options{matcher: matcher(t)}, &ruleSet{}).summary(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestPerformanceDataOfAReport: sums first, then each server's queues, probes and test checks, with the server in front if there
// are several.
func TestPerformanceDataOfAReport(t *testing.T) {
	t.Parallel()
	limits := &nagios.QueueLimits{nagios.MetricWaiting: mustLimits(t, "1", "2"), nagios.MetricRunning: mustLimits(t, "3", ""), nagios.MetricWorkers: mustLimits(t, "", "4:")}
	s := &serverResult{server: "gm1:4730", queues: []queueResult{
		{FunctionStatus: queueOf("q", 5, 2, 1), limits: limits, priority: &wire.PriorityStatus{High: 7, Normal: 8, Low: 9}},
		{FunctionStatus: queueOf("r", 1, 1<<32-1, 1), limits: &nagios.QueueLimits{}},
	}, probes: []answer{
		{queue: "worker_w", seconds: 0.25, status: &modgearman.Status{From: modgearman.FromWorker, Workers: 4, Min: 2, Max: 9, Running: 3, Jobs: 11}},
		{queue: "check_results", seconds: 0.5, status: &modgearman.Status{From: modgearman.FromModule, Workers: 4}},
		{queue: "worker_x", failed: true},
	}, endToEnd: []answer{{queue: "q", seconds: 1.5, limits: mustLimits(t, "6", "7")}}}
	const (
		queues  = " q_waiting=3;1;2;0 q_running=2;3;;0 q_worker=1;;4:;0 q_high=7;;;0 q_normal=8;;;0 q_low=9;;;0 r_waiting=1;;;0 r_worker=1;;;0"
		answers = " worker_w_probe=0.25s;;;0 worker_w_workers=4;;;2;9 worker_w_busy=3;;;0 worker_w_jobs=11c check_results_probe=0.5s;;;0 worker_x_probe=U;;;0 q_end_to_end=1.5s;6;7;0"
		sums    = "|servers=1;;;0;1 waiting=4;;;0 running=2;;;0"
	)
	o := &options{matcher: matcher(t)}
	for perfdata, want := range map[string]string{perfdataAll: sums + queues + answers, perfdataSums: sums + answers, perfdataNone: ""} {
		o.perfdata = perfdata
		if got := string(newReport([]*serverResult{s}, o, &ruleSet{}).appendPerfdata(nil)); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", perfdata, got, want)
		}
	}
	o.perfdata = perfdataAll
	got := string(newReport([]*serverResult{{server: "b:1", err: errors.New("x")}, {server: "c:1", queues: s.queues[1:]}}, o, &ruleSet{}).appendPerfdata(nil))
	if want := "|servers=1;;;0;2 waiting=1;;;0 running=0;;;0 c:1/r_waiting=1;;;0 c:1/r_worker=1;;;0"; got != want {
		t.Errorf("two servers: got\n%s\nwant\n%s", got, want)
	}
}

// TestSectionsAreSortedWorstFirst, then by name; performance data by name, and reasons of no server in none.
func TestSectionsAreSortedWorstFirst(t *testing.T) {
	t.Parallel()
	sites := map[string]map[string]string{
		"a:1": {"site": "x"}, "b:1": {"site": "y"}, "c:1": {"site": "y"}, "d:1": {"site": "v"}, "f:1": {"site": "u"}, "g:1": {"site": "t"},
	}
	labels := &output.Labels{Names: []string{"site"}, Of: func(server string) map[string]string { return sites[server] }}
	var list []*serverResult
	states := map[string]int{"a:1": 3, "b:1": 0, "c:1": 1, "d:1": 1, "e:1": 2, "f:1": 3, "g:1": 0}
	for _, name := range []string{"a:1", "b:1", "c:1", "d:1", "e:1", "f:1", "g:1"} {
		s := &serverResult{server: name, queues: []queueResult{{FunctionStatus: queueOf("q", 2, 1, 1), limits: &nagios.QueueLimits{}}}}
		if states[name] > 0 {
			s.add(states[name], "q", "bad")
		}
		list = append(list, s)
	}
	r := newReport(list, &options{matcher: matcher(t, "no*"), perfdata: perfdataSums}, &ruleSet{})
	r.by, r.labels = "site", labels
	const perf = "|-/servers=1;;;0;1 -/waiting=1;;;0 -/running=1;;;0 t/servers=1;;;0;1 t/waiting=1;;;0 t/running=1;;;0" +
		" u/servers=1;;;0;1 u/waiting=1;;;0 u/running=1;;;0 v/servers=1;;;0;1 v/waiting=1;;;0 v/running=1;;;0" +
		" x/servers=1;;;0;1 x/waiting=1;;;0 x/running=1;;;0 y/servers=2;;;0;2 y/waiting=2;;;0 y/running=2;;;0\n"
	want := `CRITICAL: -: q on e:1: bad; v: q on d:1: bad; y: q on c:1: bad; no queue matches "no*"; and 2 more by site` + perf + `CRITICAL: -: q on e:1: bad
WARNING: v: q on d:1: bad
WARNING: y: q on c:1: bad
UNKNOWN: u: q on f:1: bad
UNKNOWN: x: q on a:1: bad
OK: t: 1 queue on 1 server, 1 job waiting, 1 running
UNKNOWN: no queue matches "no*"
note: n
`
	if got := string(r.nagiosBy([]string{"n"})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r = newReport(list[1:2], &options{matcher: matcher(t), perfdata: perfdataNone}, &ruleSet{})
	r.by, r.labels = "site", labels
	if got := string(r.nagiosBy(nil)); got != "OK: 1 group by site, 1 queue, 1 job waiting, 1 running\nOK: y: 1 queue, 1 job waiting, 1 running\n" {
		t.Errorf("all is well: %s", got)
	}
}

// TestWhyAProbeOrAStoreFailed.
func TestWhyAProbeOrAStoreFailed(t *testing.T) {
	t.Parallel()
	v := &inspection{o: &options{total: 7 * time.Second}}
	op := func(err error) error { return &wire.OpError{Server: "gm1:4730", Op: "SUBMIT_JOB", Err: err} }
	for _, tt := range []struct {
		err            error
		probe, storage string
	}{
		{&probe.NoWorkerError{Unknown: true}, "unknown queue: no worker is connected", ""},
		{&probe.NoWorkerError{}, "no worker is connected", ""},
		{&probe.NoReplyError{Reason: "no answer in time"}, "probe: no answer in time", ""},
		{fmt.Errorf("x: %w", errTimeLimit), "probe: no answer within 7s", "no answer within 7s"},
		{op(errors.New("broken")), "probe: SUBMIT_JOB: broken", "SUBMIT_JOB: broken"},
		{op(&wire.ServerError{Code: "QUEUE_ERROR", Text: "disk"}), `probe: SUBMIT_JOB: server error "QUEUE_ERROR": "disk"`, `the server's store (--queue-type) has failed: server error "QUEUE_ERROR": "disk"`},
		{op(&wire.ServerError{Code: "NO", Text: "disk"}), `probe: SUBMIT_JOB: server error "NO": "disk"`, `background jobs are refused: server error "NO": "disk"`},
		{op(wire.ErrKeepsJobs), "", "the server's store (--queue-type) has failed: " + wire.ErrKeepsJobs.Error()},
	} {
		if got := v.probeFailureText("gm1:4730", tt.err); tt.probe != "" && got != tt.probe {
			t.Errorf("%v: probe: %q, want %q", tt.err, got, tt.probe)
		}
		if got := v.storageFailure("gm1:4730", tt.err); tt.storage != "" && got != tt.storage {
			t.Errorf("%v: storage: %q, want %q", tt.err, got, tt.storage)
		}
	}
	s := v.failed("gm1:4730", op(&wire.ServerError{Code: "NO", Text: "x"}))
	v.fail(s, "q", errTimeLimit)
	if got := reasonTexts(s.reasons); got != "3 : SUBMIT_JOB: server error \"NO\": \"x\"\n2 q: no answer within 7s" || s.err == nil {
		t.Errorf("got %s", got)
	}
}

// TestWhatAProbeIsSentTo: the queue of the worker of that name if it exists, or if no other does; each queue once.
func TestWhatAProbeIsSentTo(t *testing.T) {
	t.Parallel()
	has := map[string]bool{"worker_a": true, "a": true, "check_results": true, "worker_worker_b": true}
	for name, want := range map[string]string{
		"a": "worker_a", "check_results": "check_results", "gone": "worker_gone", "worker_gone": "worker_gone", "worker_a": "worker_a", "worker_b": "worker_worker_b",
	} {
		if got := statusQueue(name, func(q string) bool { return has[q] }); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	var o options
	if o.probes() {
		t.Error("nothing is probed by default")
	}
	o.probe.Set("a")
	o.probe.Set("worker_a")
	o.probe.Set("check_results")
	if list := o.probeRequests(func(q string) bool { return has[q] }); len(list) != 2 || list[0].Queue != "worker_a" || !list[0].status || string(list[1].Text) != "check\x00" || !o.probes() {
		t.Errorf("%+v", list)
	}
	o = options{probeQueue: "q", send: "text", unique: "u", expect: "e", async: true}
	list := o.probeRequests(nil)
	if len(list) != 1 || list[0].Queue != "q" || string(list[0].Text) != "text" || list[0].Unique != "u" || !list[0].Background || list[0].expect != "e" || list[0].status || !o.probes() {
		t.Errorf("%+v", list)
	}
}

// TestTheDefaultOfStorage is that of --end-to-end.
func TestTheDefaultOfStorage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		storage, endToEnd bool
		given             int
		want              bool
	}{{false, false, 0, false}, {true, false, 1, true}, {false, true, 0, true}, {false, true, 1, false}, {true, true, 1, true}, {false, false, 1, false}} {
		if got := (&options{storage: tt.storage, endToEnd: tt.endToEnd, storageGiven: tt.given}).checksStorage(); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
	for n, want := range map[int]int{1: 50, 2: 50, 3: 41, 10: 4, 22: 1, 100: 1} {
		if got := (&inspection{servers: make([]string, n)}).maxTestChecks(); got != want {
			t.Errorf("%d servers: %d test checks at a time, want %d", n, got, want)
		}
	}
	if got := resultText(&roundtrip.Report{ReturnCode: 2, Output: "bad\nlong"}); got != "2: bad" {
		t.Errorf("a result of two lines: %q", got)
	}
	if got := microseconds(1.23456789); got != 1.234568 {
		t.Errorf("seconds: %v", got)
	}
}

// TestStalledMustFitIntoTheTimeout, less a tenth of it, at most 200 ms, for printing.
func TestStalledMustFitIntoTheTimeout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		timeout, stalled time.Duration
		given            bool
		want             time.Duration // 0: refused
	}{
		{time.Second, 899 * time.Millisecond, true, time.Second},
		{time.Second, 900 * time.Millisecond, true, 0},
		{10 * time.Second, 9799 * time.Millisecond, true, 10 * time.Second},
		{10 * time.Second, 9800 * time.Millisecond, true, 0},
		{10 * time.Second, 9800 * time.Millisecond, false, 19800 * time.Millisecond},
		{10 * time.Second, 0, true, 10 * time.Second},
	} {
		o := &options{stalled: tt.stalled}
		if err := o.setTotal(tt.timeout, tt.given); (err != nil) != (tt.want == 0) || err == nil && o.total != tt.want {
			t.Errorf("%+v: %v, %v", tt, o.total, err)
		}
	}
}
