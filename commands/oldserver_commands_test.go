package commands_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// oldStep is a command line on a server of another time or kind. It is done with exit code 0 and want in stdout, or,
// on the servers that lacks names, with exit code 1 and those words in stderr.
type oldStep struct {
	line  string
	want  string
	lacks map[string]string
}

// lackedByAll is an oldStep's lacks for what came with later gearmand.
func lackedByAll(what, since string) map[string]string {
	gearmand := " has no " + what + " (needs gearmand " + since
	return map[string]string{
		"0.14": ": gearmand 0.14" + gearmand, "0.33": ": gearmand 0.33" + gearmand,
		"perl": ": the Perl Gearman::Server 1.130.1 has no " + what + " (needs gearmand " + since,
	}
}

func lackedByPerl(what string) map[string]string {
	return map[string]string{"perl": ": the Perl Gearman::Server 1.130.1 has no " + what}
}

// lackedByBoth is for what gearmand 0.14 and the Perl server have not.
func lackedByBoth(what string) map[string]string {
	l := lackedByPerl(what)
	l["0.14"] = ": gearmand 0.14 has no " + what
	return l
}

var oldSteps = []oldStep{
	{"ping --count 3 --interval 1ms -o template={{.received}}", "3", nil},
	{"submit -b q one -o template={{.state}}", "created", nil},
	{"submit -b q two --priority high -o template={{.state}}", "created", lackedByPerl("background jobs of high priority (SUBMIT_JOB_HIGH_BG)")},
	{"submit -b q three -p low -o template={{.state}}", "created", lackedByPerl("background jobs of low priority (SUBMIT_JOB_LOW_BG)")},
	{"submit later x --at +1h -o template={{.state}}", "created", lackedByBoth("job scheduling (SUBMIT_JOB_EPOCH)")},
	{"status q -o template={{.queue}}", "q", nil},
	{"status --waiting -o template={{.queue}}", "q", nil},
	{"status --priority", "", lackedByAll("`prioritystatus`", "1.1.15")},
	{"workers", "up", nil},
	{"workers --all -o template={{.address}}", "127.0.0.1", nil},
	{"submit up hello", "HELLO", nil},
	{"submit up hello --priority high", "HELLO", nil},
	{"submit up hello -p low", "HELLO", lackedByPerl("jobs of low priority (SUBMIT_JOB_LOW)")},
	{"jobs", "", lackedByAll("`show jobs`", "1.1.6")},
	{"jobs --unique", "", lackedByAll("`show unique jobs`", "1.1.6")},
	{"job status HANDLE -o template={{.known}}", "true", nil},
	{"job status --unique key", "", lackedByAll("status by unique key (GET_STATUS_UNIQUE)", "1.1.0")},
	{"job cancel HANDLE --dry-run -o template={{.was}}", "waiting", nil},
	{"job cancel HANDLE --yes", "", lackedByAll("`cancel job`", "1.1.6")},
	{"queue create new", "created", lackedByBoth("`create function`")},
	{"queue drop new --yes", "dropped", map[string]string{"0.14": "unknown queue", "perl": "unknown queue"}},
	{"queue limit q 7", "limited to 7", nil},
	{"queue limit q 0", "limited to 0", nil},
	{"submit -b q four -o template={{.state}}", "created", nil},
	{"queue limit q 1 2 3", "limited to 1 2 3", lackedByBoth("limits for each priority")},
	{"raw status", "\n.\n", nil},
	{"drain q --dry-run -o template={{.drained}}", "0", nil},
	{"drain q --yes --max 1 -o raw", "\n", nil},
	{"drain q --yes -o template={{.remaining}}", "0", nil},
	{"queue drop q --yes", "dropped", map[string]string{"0.14": ": gearmand 0.14 has no `drop function` (needs gearmand 0.25", "perl": "unknown queue"}},
	{"submit -b todo A B C D -o template={{.state}}", "created", nil},
	{"work todo -n 1 -o raw", "A\n", nil},
	{"work todo -n 1 -- cat", "", nil},
	{"work todo -n 1 --job-timeout 5s -- cat", "", nil},
	{"work todo -n 1 -- false", "", nil},
	{"submit -b todo E", "created", nil},
	{"work todo -n 1 --stream -- cat", "", lackedByPerl("parts of a result (WORK_DATA)")},
}

// oldServers are the servers of another time or kind, by the dialect that they speak.
var oldServers = []struct {
	name, dialect string
	start         func(t testing.TB) string
}{
	{"gearmand 0.14", "0.14", func(t testing.TB) string { return servertest.StartOld(t, "0.14") }},
	{"gearmand 0.33", "0.33", func(t testing.TB) string { return servertest.StartOld(t, "0.33") }},
	{"mock of Gearman::Server", "perl", func(t testing.TB) string { return servertest.StartOld(t, "perl") }},
	{"Gearman::Server", "perl", gearmandtest.StartPerl},
}

func TestOldServers(t *testing.T) {
	t.Parallel()
	for _, s := range oldServers {
		t.Run(s.name, func(t *testing.T) {
			addr := s.start(t)
			stop, err := servertest.Serve(addr, "up", "upper")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(stop)
			handle := strings.TrimSpace(commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "known", "x", "-o", "template={{.handle}}").Stdout)
			for _, step := range oldSteps {
				runOldStep(t, addr, s.dialect, handle, step)
			}
		})
	}
}

func runOldStep(t *testing.T, addr, dialect, handle string, step oldStep) {
	t.Helper()
	line := strings.ReplaceAll(step.line, "HANDLE", handle)
	got := commandtest.Gearctl(t, "", append([]string{"-s", addr}, strings.Fields(line)...)...)
	if lacks, ok := step.lacks[dialect]; ok {
		if got.Code != 1 || !strings.Contains(got.Stderr, lacks) {
			t.Errorf("%s: got exit code %d, stderr %q, want 1, %q", line, got.Code, got.Stderr, lacks)
		}
		return
	}
	if got.Code != 0 || !strings.Contains(got.Stdout, step.want) {
		t.Errorf("%s: got exit code %d, stdout %q, stderr %q, want 0, %q", line, got.Code, got.Stdout, got.Stderr, step.want)
	}
}

func TestVersionsOfOldServers(t *testing.T) {
	t.Parallel()
	want := map[string]string{"0.14": "0.14\n", "0.33": "0.33\n", "perl": "v1.130.1\n"}
	for _, s := range oldServers {
		t.Run(s.name, func(t *testing.T) {
			got := commandtest.Gearctl(t, "", "-s", s.start(t), "version", "-o", "template={{.version}}")
			if got.Code != 0 || got.Stdout != want[s.dialect] {
				t.Errorf("version: got %+v, want %q", got, want[s.dialect])
			}
		})
	}
}

func TestUnknownCommandsAreShownAsTheServerAnswersThem(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"0.14": "ERR unknown_command Unknown+server+command\n",
		"0.33": "ERR UNKNOWN_COMMAND Unknown+server+commandfrobnicate\n",
		"perl": "ERR unknown_command \n",
	}
	for _, s := range oldServers {
		t.Run(s.name, func(t *testing.T) {
			if got := commandtest.Gearctl(t, "", "-s", s.start(t), "raw", "frobnicate"); got.Code != 1 || got.Stdout != want[s.dialect] {
				t.Errorf("raw frobnicate: got %+v, want exit code 1, %q", got, want[s.dialect])
			}
		})
	}
}

func TestAServerThatIsToldToShutDownSaysOK(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.StartPerl(t)
	if got := commandtest.Gearctl(t, "", "-s", addr, "raw", "shutdown"); got.Code != 0 || got.Stdout != "OK\n" || got.Stderr != "" {
		t.Errorf("raw shutdown: got %+v, want OK", got)
	}
	if got := commandtest.Gearctl(t, "", "-s", addr, "version"); got.Code == 0 {
		t.Errorf("version afterwards: got %+v, want a failure", got) // refused, or reset while it goes down
	}
}

// A worker for several jobs on servers where one of them answers late errors: none of them may end it.
func TestACommandThatWarnsWorksOnOldServers(t *testing.T) {
	t.Parallel()
	for _, s := range oldServers {
		t.Run(s.name, func(t *testing.T) {
			addr := s.start(t)
			commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "a", "b", "c")
			got := commandtest.Gearctl(t, "", "-s", addr, "work", "q", "-n", "3", "--", "sh", "-c", "echo oops >&2; exit 3")
			if got.Code != 0 || strings.Count(got.Stderr, "exited with code 3") != 3 {
				t.Errorf("work: got %+v, want exit code 0 and three failed jobs", got)
			}
			left := commandtest.Gearctl(t, "", "-s", addr, "status", "-o", "template={{.total}}")
			if strings.Trim(left.Stdout, "0\n") != "" {
				t.Errorf("status: got %q, want no jobs", left.Stdout)
			}
			if told := strings.Count(got.Stderr, "its stderr does not reach the client: oops"); (told == 3) != (s.dialect == "perl") {
				t.Errorf("work: told %d times that stderr stays here: %q", told, got.Stderr)
			}
		})
	}
}

func TestThePerlServerIsToldLimitsInItsWay(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.StartPerl(t)
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "a", "b", "c")
	if got := commandtest.Gearctl(t, "", "-s", addr, "queue", "limit", "q", "2"); got.Code != 0 || !strings.Contains(got.Stderr, "discards all waiting ones that are over the limit, the newest first; 1 job is over it now") {
		t.Errorf("queue limit q 2: got %+v, want the difference told", got)
	}
	commandtest.Gearctl(t, "", "-s", addr, "queue", "limit", "q", "0")
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "d")
	if got := commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes", "-o", "raw"); got.Stdout != "a\nb\nc\nd\n" {
		t.Errorf("after queue limit q 0: got the jobs %q, want all four", got.Stdout)
	}
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "a", "b", "c")
	commandtest.Gearctl(t, "", "-s", addr, "queue", "limit", "q", "2")
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "d")
	if got := commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes", "-o", "raw"); got.Stdout != "a\nd\n" {
		t.Errorf("after queue limit q 2: got the jobs %q, want a and d: the others were thrown away", got.Stdout)
	}
}

// TestThePerlServerNamesItsOwnCause: it has no --job-retries and no queue create, so that nothing else is hinted at.
func TestThePerlServerNamesItsOwnCause(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.StartPerl(t)
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "a", "b", "c")
	archive := filepath.Join(t.TempDir(), "jobs")
	for line, says := range map[string]string{
		"drain q --yes --to " + archive: "the Perl Gearman::Server .* never requeues a job: one at a time would be at risk\nhint: nothing was changed on " + addr + "; override with --accept-risk",
		"move q r --yes":                "never requeues a job: one at a time",
		"drain q --yes --match host=x":  "never requeues a job, and up to 3 jobs would be lost\nhint: .* drain QUEUE --to FILE --accept-risk",
		"peek q":                        "never requeues a job, and up to 3 jobs",
		"queue limit nosuch 2":          "unknown queue\nhint: the Perl Gearman::Server .* creates a queue with its first job or worker",
		"proxy --route " + addr + "/q=x/q --spool " + archive: "never requeues a job",
	} {
		got := commandtest.Gearctl(t, "", append([]string{"-s", addr}, strings.Fields(line)...)...)
		if got.Code == 0 || !regexp.MustCompile(says).MatchString(got.Stderr) || strings.Contains(got.Stderr, "job-retries") || strings.Contains(got.Stderr, "queue create") {
			t.Errorf("%s: got %+v, want %s", line, got, says)
		}
	}
	got := commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes", "--to", archive, "--accept-risk")
	if got.Code != 0 || !strings.Contains(got.Stderr, "one at a time is taken, and lost should this be interrupted then") {
		t.Errorf("drain --accept-risk: got %+v", got)
	}
}

func TestTheNextServerTakesWhatThePerlServerRefuses(t *testing.T) {
	t.Parallel()
	addr, modern := servertest.StartOld(t, "perl"), servertest.StartOld(t, "0.33")
	stop, err := servertest.Serve(modern, "up", "upper")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	got := commandtest.Gearctl(t, "", "-s", addr+","+modern, "submit", "up", "x", "-p", "low", "-o", "template={{.server}} {{.result}}")
	if want := modern + " X\n"; got.Code != 0 || got.Stdout != want {
		t.Errorf("submit: got %+v, want %q", got, want)
	}
}
