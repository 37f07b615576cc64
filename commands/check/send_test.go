package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/modgearman"
)

// nebConfig writes a configuration of the module.
func nebConfig(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "neb.conf")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheQueueOfACheck(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	config := nebConfig(t, "encryption=no", "services=yes", "hosts=yes", "hostgroups=dmz", "servicegroups=slow", "localhostgroups=here",
		"queue_custom_variable=WORKER", "result_queue=elsewhere")
	for _, c := range []struct {
		queue string
		argv  []string
	}{
		{"service", []string{"service", "h", "s", "--no-encryption"}},
		{"host", []string{"host", "h", "--no-encryption"}},
		{"mine", []string{"host", "h", "--no-encryption", "--queue", "mine"}},
		{"hostgroup_dmz", []string{"service", "h", "s", "--config", config, "--hostgroup", "dmz"}},
		{"hostgroup_dmz", []string{"host", "h", "--config", config, "--hostgroup", "x,dmz"}},
		{"servicegroup_slow", []string{"service", "h", "s", "--config", config, "--hostgroup", "dmz", "--servicegroup", "slow"}},
		{"special", []string{"service", "h", "s", "--config", config, "--custom-variable", "_worker=special", "--servicegroup", "slow"}},
		{"service", []string{"service", "h", "s", "--config", config}},
	} {
		got := commandtest.Gearctl(t, "", append(append([]string{"check"}, c.argv...), "-s", addr, "--command", "/bin/true")...)
		commandtest.WantRun(t, got, 0)
		jobs := servertest.Workloads(t, addr, c.queue)
		if len(jobs) != 1 {
			t.Errorf("%v: %d jobs in %s: %s", c.argv, len(jobs), c.queue, got.Stdout)
		}
	}
	got := commandtest.Gearctl(t, "", "check", "host", "h", "-s", addr, "--config", config, "--hostgroup", "here", "--command", "/bin/true")
	commandtest.WantRun(t, got, commandtest.ExitUsage, "the core runs this check itself: localhostgroups", "hint: name a queue with --queue")
}

// TestTheJobOfACheck compares with what the module submits.
func TestTheJobOfACheck(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	config := nebConfig(t, "encryption=yes", "key="+servertest.Key, "services=yes", "hosts=yes", "result_queue=elsewhere")
	for _, c := range []struct {
		argv     []string
		priority string
		want     string
	}{
		{[]string{"service", "web01", "a b"}, "low", "type=service\nresult_queue=elsewhere\ntarget_queue=service\nhost_name=web01\nservice_description=a b\ncore_time=T\ntimeout=60\ncommand_line=/bin/x -a 'b c'\n\n\n"},
		{[]string{"service", "web01", "a b", "--forced"}, "high", "type=service\nresult_queue=elsewhere\ntarget_queue=service\nhost_name=web01\nservice_description=a b\ncore_time=T\ntimeout=60\ncommand_line=/bin/x -a 'b c'\n\n\n"},
		{[]string{"host", "web01", "--result-queue", "other", "--job-timeout", "5s"}, "normal", "type=host\nresult_queue=other\ntarget_queue=host\nhost_name=web01\ncore_time=T\ntimeout=5\ncommand_line=/bin/x -a 'b c'\n\n\n"},
	} {
		argv := append(append([]string{"check"}, c.argv...), "-s", addr, "--config", config, "--command", "/bin/x -a 'b c'", "-o", "jsonl", "--trace")
		got := commandtest.Gearctl(t, "", argv...)
		commandtest.WantRun(t, got, 0)
		queue, service := c.argv[0], ""
		if queue == "service" {
			service = c.argv[2]
		}
		row := commandtest.RowsOf[struct{ Queue, Unique, State string }](t, got.Stdout)[0]
		if row.Unique != modgearman.Unique("web01", service) || row.State != "created" || row.Queue != queue {
			t.Errorf("%v: %+v", c.argv, row)
		}
		submitted := map[string]string{"low": "> SUBMIT_JOB_LOW_BG ", "normal": "> SUBMIT_JOB_BG ", "high": "> SUBMIT_JOB_HIGH_BG "}[c.priority]
		if !strings.Contains(got.Stderr, submitted) || strings.Contains(got.Stderr+got.Stdout, servertest.Key) {
			t.Errorf("%v: trace %q", c.argv, got.Stderr)
		}
		key, _ := modgearman.NewKey([]byte(servertest.Key))
		p, err := modgearman.Decode([]byte(servertest.Workloads(t, addr, queue)[0]), key)
		if err != nil {
			t.Fatal(err)
		}
		text := string(p.Text)
		before, after, _ := strings.Cut(text, "core_time=")
		_, after, _ = strings.Cut(after, "\n")
		if text = before + "core_time=T\n" + after; text != c.want {
			t.Errorf("%v\ngot  %q\nwant %q", c.argv, text, c.want)
		}
	}
}

func TestSeveralChecksHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		commandtest.WantRun(t, check(t, addr, "--no-encryption", "--command", "/bin/true", "--count", "1000"), 0)
		commandtest.WantRun(t, check(t, addr, "--no-encryption", "--command", "/bin/true"), 0)
		commandtest.WantRun(t, check(t, addr, "--no-encryption", "--command", "/bin/true"), 0)
		if n := len(servertest.Workloads(t, addr, "service")); n != 1001 {
			t.Errorf("%d checks, want 1001", n)
		}
	})
}

func TestBadChecks(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	short := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(short, []byte("abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		argv   []string
		stderr string
	}{
		{[]string{"host", "h", "--no-encryption"}, "no --command given"},
		{[]string{"host", "h", "--command", "x"}, "no Mod-Gearman key"},
		{[]string{"host", "h", "--command", "x"}, "hint: set it with --key-file FILE, in the environment"},
		{[]string{"host", "a\nb", "--command", "x", "--no-encryption"}, "host_name"},
		{[]string{"host", "", "--command", "x", "--no-encryption"}, "host_name"},
		{[]string{"service", "h", "", "--command", "x", "--no-encryption"}, "service_description"},
		{[]string{"service", "h", "a\x00b", "--command", "x", "--no-encryption"}, "service_description"},
		{[]string{"host", "h", "--command", "x\ntype=service", "--no-encryption"}, "command_line"},
		{[]string{"host", "h", "--command", "x", "--no-encryption", "--queue", strings.Repeat("q", 600)}, "over the limit"},
		{[]string{"host", "h", "--command", "x", "--no-encryption", "--queue", "q", "--hostgroup", "g"}, "--queue excludes groups"},
		{[]string{"host", "h", "--command", "x", "--no-encryption", "--hostgroup", "g"}, "need a configuration to choose"},
		{[]string{"host", "h", "--command", "x", "--no-encryption", "--count", "0"}, "--count 0"},
		{[]string{"host", "h", "--command", "x", "--no-encryption", "--parallel", "2"}, "--parallel needs --wait"},
		{[]string{"host", "h", "--command", "x", "--no-encryption", "--unique", "x"}, "must be module or random"},
		{[]string{"host", "h", "--command", "x", "--no-encryption", "--columns", "nosuch"}, "nosuch"},
	} {
		got := commandtest.Gearctl(t, "", append(append([]string{"check"}, c.argv...), "-s", addr)...)
		commandtest.WantRun(t, got, commandtest.ExitUsage, c.stderr)
		if got.Stdout != "" {
			t.Errorf("%v: stdout %q", c.argv, got.Stdout)
		}
		got = commandtest.Gearctl(t, "", append(append([]string{"check"}, c.argv...), "-s", addr, "--wait", "1s")...)
		if c.argv[len(c.argv)-2] == "--parallel" {
			continue // is fine with --wait
		}
		if got.Code != commandtest.StateUnknown || !strings.HasPrefix(got.Stdout, "UNKNOWN: ") || strings.Count(got.Stdout, "\n") != 1 || strings.Contains(got.Stderr, "gearctl: ") {
			t.Errorf("%v with --wait: code %d, stdout %q, stderr %q", c.argv, got.Code, got.Stdout, got.Stderr)
		}
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "check", "host", "h", "-s", addr, "--key-file", short, "--command", "x"), 0, "the key has 3 bytes")
	if q := servertest.Queues(t, addr); len(q) != 1 {
		t.Errorf("queues were made: %+v", q)
	}
}
