package check_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/modgearman"
)

// send submits a check as the module would, with the key of the vectors.
func send(t testing.TB, addr string, c modgearman.Check) {
	t.Helper()
	key, err := modgearman.NewKey([]byte(servertest.Key))
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := modgearman.Encode(text, key)
	if err != nil {
		t.Fatal(err)
	}
	servertest.Submit(t, addr, c.TargetQueue, string(payload))
}

func serviceCheck(line string) modgearman.Check {
	return modgearman.Check{
		Kind: modgearman.KindService, ResultQueue: servertest.Results, TargetQueue: "service", Host: "web01", Service: "disk",
		CoreTime: time.Now(), Timeout: 10, CommandLine: line,
	}
}

func TestWorkerSendsResults(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		w := commandtest.StartCheckWorker(t, addr, "hostgroup_dmz", "--key-file", servertest.KeyFile(t), "--hosts", "--services", "--hostgroup", "x,dmz", "--servicegroup", "slow", "--queue", "mine")
		for _, q := range []string{"host", "service", "hostgroup_dmz", "servicegroup_slow", "mine", "worker_lab"} {
			servertest.Until(t, "a worker serves "+q, func() bool { return servertest.Queue(t, addr, q).Workers > 0 })
		}
		core := time.Unix(1_700_000_000, 123_456_000)
		c := serviceCheck("/bin/echo one | cat; echo two; exit 2")
		c.CoreTime = core
		send(t, addr, c)
		send(t, addr, modgearman.Check{Kind: modgearman.KindHost, ResultQueue: servertest.Results, TargetQueue: "hostgroup_dmz", Host: "h\xff", CommandLine: `printf 'a\\nb'`})
		servertest.WaitWaiting(t, addr, servertest.Results, 2)
		got := map[string]modgearman.Result{}
		for _, r := range servertest.SentResults(t, addr, servertest.Results) {
			got[r.Host] = r
		}
		want := map[string]modgearman.Result{
			"web01": {Host: "web01", Service: "disk", CoreStart: core, ReturnCode: 2, Output: "one\ntwo"},
			"h\xff": {Host: "h\xff", Output: `a\nb`},
		}
		for host, r := range want {
			r.Layout, r.Source = modgearman.LayoutWorker, "Mod-Gearman Worker @ lab"
			if g := got[host]; !g.CoreStart.Equal(r.CoreStart) && !r.CoreStart.IsZero() {
				t.Errorf("core start %v, want %v", g.CoreStart, r.CoreStart)
			} else if g.CoreStart = r.CoreStart; g != r {
				t.Errorf("got  %+v\nwant %+v", g, r)
			}
		}
		if code := w.Stop(); code != 0 || strings.Contains(w.Stderr.String(), servertest.Key) {
			t.Errorf("code %d, stderr %q", code, w.Stderr.String())
		}
	})
}

// TestTheWireFormOfAResult pins the bytes.
func TestTheWireFormOfAResult(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.StartCheckWorker(t, addr, "service", "--no-encryption")
	commandtest.WantRun(t, check(t, addr, "--no-encryption", "--command", "/bin/echo fine"), 0)
	servertest.WaitWaiting(t, addr, servertest.Results, 1)
	p, err := modgearman.Decode([]byte(servertest.Workloads(t, addr, servertest.Results)[0]))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range p.Fields() {
		names = append(names, f.Name)
	}
	want := "type host_name service_description core_start_time start_time finish_time return_code exited_ok source output"
	if got := strings.Join(names, " "); got != want || !strings.HasSuffix(string(p.Text), "\noutput=fine\n") {
		t.Errorf("got %s: %q\nwant %s", got, p.Text, want)
	}
}

func TestWorkerDiscardsWhatItMustNotRun(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	w := commandtest.StartCheckWorker(t, addr, "service", "--key-file", servertest.KeyFile(t))
	touched := filepath.Join(t.TempDir(), "touched")
	commandtest.WantRun(t, check(t, addr, "--no-encryption", "--command", "/usr/bin/touch "+touched), 0)
	w.WaitStderr("not encrypted", 1)
	servertest.Submit(t, addr, "service", "check")
	w.WaitStderr("of kind probe", 1)
	servertest.Submit(t, addr, "service", "not base64!")
	w.WaitStderr("check the encryption settings", 1)
	text, _ := modgearman.Result{Host: "h", Output: "x"}.AppendText(nil)
	key, _ := modgearman.NewKey([]byte(servertest.Key))
	payload, _ := modgearman.Encode(text, key)
	servertest.Submit(t, addr, "service", string(payload))
	w.WaitStderr("of kind result", 1)
	payload, _ = modgearman.Encode([]byte("type=service\nhost_name=h\n"), key)
	servertest.Submit(t, addr, "service", string(payload))
	w.WaitStderr("command_line", 1)
	if _, err := os.Stat(touched); err == nil {
		t.Error("the clear job was run")
	}
	servertest.Until(t, "all jobs are gone", func() bool { return servertest.Queue(t, addr, "service").Total == 0 })
}

func TestWorkerTellsItsState(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		g := newGate(t)
		commandtest.StartCheckWorker(t, addr, "worker_lab", "--key-file", servertest.KeyFile(t), "--parallel", "1")
		defer g.open()
		send(t, addr, serviceCheck(plugin(t, "wait_for")+" "+g.path))
		servertest.Until(t, "the worker tells of the check", func() bool { // it answers also while all slots are taken
			got := commandtest.Gearctl(t, "", "submit", "worker_lab", "check", "-s", addr, "--wait", "10s")
			s, err := modgearman.ParseStatus([]byte(got.Stdout))
			if err != nil || s.From != modgearman.FromWorker || s.Name != "lab" || s.Workers != 1 || s.Jobs != 0 || s.Version != "gearctl-test" {
				t.Fatalf("%v, %+v of %q", err, s, got.Stdout)
			}
			return s.Running == 1
		})
	})
}

func TestWorkerHasNoTimeForOldChecks(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.StartCheckWorker(t, addr, "service", "--key-file", servertest.KeyFile(t), "--max-age", "60s")
	c := serviceCheck("/bin/echo run")
	c.CoreTime = time.Now().Add(-2 * time.Minute)
	send(t, addr, c)
	servertest.WaitWaiting(t, addr, servertest.Results, 1)
	if r := servertest.SentResults(t, addr, servertest.Results)[0]; r.ReturnCode != 3 || r.Output != "(Could Not Start Check In Time)" || r.Service != "disk" {
		t.Errorf("%+v", r)
	}
	c.CoreTime = time.Now().Add(-59 * time.Second)
	send(t, addr, c)
	servertest.WaitWaiting(t, addr, servertest.Results, 1)
	if r := servertest.SentResults(t, addr, servertest.Results)[0]; r.Output != "run" {
		t.Errorf("%+v", r)
	}
}

func TestWorkerKillsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.StartCheckWorker(t, addr, "service", "--key-file", servertest.KeyFile(t), "--timeout-return", "1")
	c := serviceCheck(plugin(t, "fork_and_hang"))
	c.Timeout = 1
	send(t, addr, c)
	c.Kind, c.Service, c.TargetQueue = modgearman.KindHost, "", "host"
	send(t, addr, c)
	servertest.WaitWaiting(t, addr, servertest.Results, 2)
	for _, r := range servertest.SentResults(t, addr, servertest.Results) {
		want := "(Host Check Timed Out On Worker: lab)"
		if r.Service != "" {
			want = "(Service Check Timed Out On Worker: lab)"
		}
		if r.ReturnCode != 1 || r.Output != want || r.EarlyTimeout || r.Crashed {
			t.Errorf("%+v", r)
		}
	}
}

func TestWorkerCopiesResults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags   []string
		passive bool
	}{"passive": {nil, true}, "active": {[]string{"--dup-active"}, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servertest.Each(t, func(t *testing.T, addr string) {
				copies := servertest.Embedded(t)
				w := commandtest.StartCheckWorker(t, addr, "service", append(c.flags, "--key-file", servertest.KeyFile(t), "--dupserver", copies, "--dupserver", servertest.DeadAddr, "--timeout", "1s")...)
				send(t, addr, serviceCheck("/bin/echo fine"))
				servertest.WaitWaiting(t, addr, servertest.Results, 1)
				servertest.WaitWaiting(t, copies, servertest.Results, 1)
				first, second := servertest.SentResults(t, addr, servertest.Results)[0], servertest.SentResults(t, copies, servertest.Results)[0]
				if first.Passive || second.Passive != c.passive {
					t.Errorf("passive: %v and of the copy %v", first.Passive, second.Passive)
				}
				second.Passive = false
				if first.CoreStart = second.CoreStart; first != second {
					t.Errorf("they differ: %+v\n%+v", first, second)
				}
				commandtest.WantRun(t, check(t, addr, "--key-file", servertest.KeyFile(t), "--wait", "10s", "--command", "/bin/true"), 0)
				if code := w.Stop(); code != 0 || !strings.Contains(w.Stderr.String(), "dupserver "+servertest.DeadAddr+": a copy of a result is lost") {
					t.Errorf("code %d, stderr %q", code, w.Stderr.String())
				}
				servertest.NoPrivateQueues(t, copies)
			})
		})
	}
}

func TestWorkerRunsEventHandlersAndNotifications(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.StartCheckWorker(t, addr, "notification", "--key-file", servertest.KeyFile(t))
	dir := t.TempDir()
	now := time.Now()
	send(t, addr, modgearman.Check{Kind: modgearman.KindEventhandler, TargetQueue: "eventhandler", StartTime: now, CoreTime: now, CommandLine: "echo handled > " + dir + "/event"})
	send(t, addr, modgearman.Check{
		Kind: modgearman.KindNotification, TargetQueue: "notification", StartTime: now, CoreTime: now, Contact: "anna", PluginOutput: "it is hot", LongPluginOutput: "(null)",
		CommandLine: `echo "$NAGIOS_HOSTOUTPUT, $NAGIOS_SERVICEOUTPUT, <$NAGIOS_LONGSERVICEOUTPUT>" > ` + dir + "/notice",
	})
	for file, want := range map[string]string{"event": "handled\n", "notice": "it is hot, it is hot, <>\n"} {
		servertest.Until(t, file+" was written", func() bool {
			b, _ := os.ReadFile(filepath.Join(dir, file))
			return string(b) == want
		})
	}
	servertest.Until(t, "the jobs are done", func() bool {
		return servertest.Queue(t, addr, "eventhandler").Total+servertest.Queue(t, addr, "notification").Total == 0
	})
	if q := servertest.Queue(t, addr, servertest.Results); q.Total != 0 {
		t.Errorf("results were sent: %+v", q)
	}
}

func TestAStoppedWorkerFinishesWhatItHas(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		g := newGate(t)
		w := commandtest.StartCheckWorker(t, addr, "service", "--key-file", servertest.KeyFile(t))
		send(t, addr, serviceCheck(plugin(t, "wait_for")+" "+g.path))
		servertest.Until(t, "the check runs", func() bool { return servertest.Queue(t, addr, "service").Running == 1 })
		w.Interrupt()
		w.WaitStderr("finishing 1 job; ctrl-C again", 1)
		servertest.Until(t, "the others have left", func() bool { return servertest.Queue(t, addr, "host").Workers <= 1 })
		g.open()
		if code := w.Wait(); code != 0 {
			t.Errorf("code %d, stderr %q", code, w.Stderr.String())
		}
		if r := servertest.SentResults(t, addr, servertest.Results); len(r) != 1 || r[0].Output != "OK - it is there" {
			t.Errorf("results: %+v", r)
		}
		if q := servertest.Queue(t, addr, "service"); q.Total != 0 {
			t.Errorf("the job is still there: %+v", q)
		}
	})
}

// TestAKilledWorkerLosesNoCheck kills the process: the job goes to another worker.
func TestAKilledWorkerLosesNoCheck(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	g := newGate(t)
	defer g.open()
	cmd := exec.Command(commandtest.Program(t), "-s", addr, "check", "work", "--key-file", servertest.KeyFile(t), "--allow-root", "--services")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	send(t, addr, serviceCheck(plugin(t, "wait_for")+" "+g.path))
	servertest.Until(t, "the check runs", func() bool { return servertest.Queue(t, addr, "service").Running == 1 })
	cmd.Process.Kill()
	cmd.Wait()
	servertest.WaitWaiting(t, addr, "service", 1)
	commandtest.StartCheckWorker(t, addr, "service", "--key-file", servertest.KeyFile(t))
	g.open()
	servertest.WaitWaiting(t, addr, servertest.Results, 1)
}

func TestAWorkerComesBackToAServerThatWasRestarted(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.FreeAddr(t)
	other := servertest.Embedded(t)
	w := commandtest.StartCheckWorker(t, other, "service", "-s", addr, "--key-file", servertest.KeyFile(t)) // one of both is down
	w.WaitStderr("; retrying", 1)
	servertest.Start(t, addr, jobserver.Options{})
	servertest.Until(t, "it serves both", func() bool { return servertest.Queue(t, addr, "service").Workers > 0 })
	send(t, addr, serviceCheck("/bin/true"))
	send(t, other, serviceCheck("/bin/true"))
	servertest.WaitWaiting(t, addr, servertest.Results, 1)
	servertest.WaitWaiting(t, other, servertest.Results, 1)
}

func TestWorkerByConfiguration(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	path := filepath.Join(t.TempDir(), "worker.conf")
	text := fmt.Sprintf("server=%s\nkeyfile=%s\nidentifier=byfile\nservices=yes\nhostgroups=a,b\nmax-worker=3\nrestrict_path=/bin\n", addr, servertest.KeyFile(t))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	commandtest.Start(t, "check", "work", "--config", path, "--allow-root")
	servertest.Until(t, "it serves", func() bool {
		return servertest.Queue(t, addr, "service").Workers == 1 && servertest.Queue(t, addr, "hostgroup_b").Workers == 1 && servertest.Queue(t, addr, "worker_byfile").Workers == 1
	})
	if servertest.Queue(t, addr, "host").Workers != 0 {
		t.Errorf("queues: %+v", servertest.Queues(t, addr))
	}
	send(t, addr, serviceCheck("/usr/bin/id"))
	servertest.WaitWaiting(t, addr, servertest.Results, 1)
	if r := servertest.SentResults(t, addr, servertest.Results)[0]; r.ReturnCode != 3 || r.Output != "UNKNOWN: the command is not under restrict_path (worker: byfile)" {
		t.Errorf("%+v", r)
	}
}

func TestWorkerRefuses(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	config := filepath.Join(t.TempDir(), "worker.conf")
	if err := os.WriteFile(config, []byte("encryption=no\nhosts=no\nservices=no\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		argv   []string
		code   int
		stderr string
	}{
		{[]string{"--allow-root"}, commandtest.ExitUsage, "no Mod-Gearman key"},
		{[]string{"--allow-root", "--no-encryption", "--parallel", "-1"}, commandtest.ExitUsage, "must not be negative"},
		{[]string{"--allow-root", "--no-encryption", "--timeout-return", "9"}, commandtest.ExitUsage, "must be from 0 to 3"},
		{[]string{"--allow-root", "--no-encryption", "--dupserver", "a:b:c"}, commandtest.ExitUsage, "dupserver: "},
		{[]string{"--allow-root", "--no-encryption", "--hostgroup", strings.Repeat("g", 600)}, commandtest.ExitUsage, "over the limit"},
		{[]string{"--allow-root", "--config", config}, commandtest.ExitUsage, "names no queue to serve"},
		{[]string{"--allow-root", "--no-encryption"}, commandtest.ExitUnreachable, "connection refused"},
	} {
		if c.code == commandtest.ExitUnreachable {
			addr = servertest.DeadAddr
		}
		w := commandtest.Start(t, append([]string{"check", "work", "-s", addr}, c.argv...)...)
		code := w.Wait()
		commandtest.WantRun(t, commandtest.Run{Code: code, Stderr: w.Stderr.String()}, c.code, c.stderr)
	}
	if os.Geteuid() == 0 {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "check", "work", "-s", addr, "--no-encryption"), commandtest.ExitUsage, "refusing to run commands from the network as root", "--allow-root")
	}
}

func TestWorkerStopsAfterACount(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	w := commandtest.StartCheckWorker(t, addr, "service", "--key-file", servertest.KeyFile(t), "--count", "3")
	for range 5 {
		send(t, addr, serviceCheck("/bin/true"))
	}
	if code := w.Wait(); code != 0 {
		t.Errorf("code %d: %s", code, w.Stderr.String())
	}
	if n := servertest.Queue(t, addr, servertest.Results).Total; n != 3 {
		t.Errorf("%d results, want 3", n)
	}
	if n := servertest.Queue(t, addr, "service").Waiting(); n != 2 {
		t.Errorf("%d checks left, want 2", n)
	}
}
