package commands

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/modgearman"
)

// send submits a check as the module would, with the key of the vectors.
func send(t testing.TB, addr string, c modgearman.Check) {
	t.Helper()
	key, err := modgearman.NewKey([]byte(labKey))
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
	submitTo(t, addr, c.TargetQueue, string(payload))
}

func serviceCheck(line string) modgearman.Check {
	return modgearman.Check{
		Kind: modgearman.KindService, ResultQueue: results, TargetQueue: "service", Host: "web01", Service: "disk",
		CoreTime: time.Now(), Timeout: 10, CommandLine: line,
	}
}

func TestWorkerSendsResults(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		w := startWorker(t, addr, "hostgroup_dmz", "--key-file", keyFile(t), "--hosts", "--services", "--hostgroup", "x,dmz", "--servicegroup", "slow", "--queue", "mine")
		for _, q := range []string{"host", "service", "hostgroup_dmz", "servicegroup_slow", "mine", "worker_lab"} {
			if queueOf(t, addr, q).Workers == 0 {
				t.Errorf("nobody serves %s", q)
			}
		}
		core := time.Unix(1_700_000_000, 123_456_000)
		c := serviceCheck("/bin/echo one | cat; echo two; exit 2")
		c.CoreTime = core
		send(t, addr, c)
		send(t, addr, modgearman.Check{Kind: modgearman.KindHost, ResultQueue: results, TargetQueue: "hostgroup_dmz", Host: "h\xff", CommandLine: `printf 'a\\nb'`})
		eventually(t, addr, results, 2)
		got := map[string]modgearman.Result{}
		for _, r := range sentResults(t, addr, results) {
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
		if code := w.stop(); code != 0 || strings.Contains(w.stderr.String(), labKey) {
			t.Errorf("code %d, stderr %q", code, w.stderr.String())
		}
	})
}

// TestTheWireFormOfAResult pins the bytes.
func TestTheWireFormOfAResult(t *testing.T) {
	addr := embedded(t, "")
	startWorker(t, addr, "service", "--no-encryption")
	wantRun(t, check(t, addr, "--no-encryption", "--command", "/bin/echo fine"), 0)
	eventually(t, addr, results, 1)
	p, err := modgearman.Decode([]byte(workloads(t, addr, results)[0]))
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
	addr := embedded(t, "")
	w := startWorker(t, addr, "service", "--key-file", keyFile(t))
	touched := filepath.Join(t.TempDir(), "touched")
	wantRun(t, check(t, addr, "--no-encryption", "--command", "/usr/bin/touch "+touched), 0)
	w.says("it is not encrypted", 1)
	submitTo(t, addr, "service", "check")
	w.says("of kind probe", 1)
	submitTo(t, addr, "service", "not base64!")
	w.says("check the encryption settings", 1)
	text, _ := modgearman.Result{Host: "h", Output: "x"}.AppendText(nil)
	key, _ := modgearman.NewKey([]byte(labKey))
	payload, _ := modgearman.Encode(text, key)
	submitTo(t, addr, "service", string(payload))
	w.says("of kind result", 1)
	payload, _ = modgearman.Encode([]byte("type=service\nhost_name=h\n"), key)
	submitTo(t, addr, "service", string(payload))
	w.says("command_line", 1)
	if _, err := os.Stat(touched); err == nil {
		t.Error("the clear job was run")
	}
	until(t, "all jobs are gone", func() bool { return queueOf(t, addr, "service").Total == 0 })
}

func TestWorkerTellsItsState(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		g := newGate(t)
		startWorker(t, addr, "worker_lab", "--key-file", keyFile(t), "--parallel", "1")
		defer g.open()
		send(t, addr, serviceCheck(plugin(t, "wait_for")+" "+g.path))
		until(t, "the worker tells of the check", func() bool { // it answers also while all slots are taken
			got := gearctl(t, "", "submit", "worker_lab", "check", "-s", addr, "--wait", "10s")
			s, err := modgearman.ParseStatus([]byte(got.stdout))
			if err != nil || s.From != modgearman.FromWorker || s.Name != "lab" || s.Workers != 1 || s.Jobs != 0 || s.Version != "gearctl-test" {
				t.Fatalf("%v, %+v of %q", err, s, got.stdout)
			}
			return s.Running == 1
		})
	})
}

func TestWorkerHasNoTimeForOldChecks(t *testing.T) {
	addr := embedded(t, "")
	startWorker(t, addr, "service", "--key-file", keyFile(t), "--max-age", "60s")
	c := serviceCheck("/bin/echo run")
	c.CoreTime = time.Now().Add(-2 * time.Minute)
	send(t, addr, c)
	eventually(t, addr, results, 1)
	if r := sentResults(t, addr, results)[0]; r.ReturnCode != 3 || r.Output != "(Could Not Start Check In Time)" || r.Service != "disk" {
		t.Errorf("%+v", r)
	}
	c.CoreTime = time.Now().Add(-59 * time.Second)
	send(t, addr, c)
	eventually(t, addr, results, 1)
	if r := sentResults(t, addr, results)[0]; r.Output != "run" {
		t.Errorf("%+v", r)
	}
}

func TestWorkerKillsWhatTakesTooLong(t *testing.T) {
	addr := embedded(t, "")
	startWorker(t, addr, "service", "--key-file", keyFile(t), "--timeout-return", "1")
	c := serviceCheck(plugin(t, "fork_and_hang"))
	c.Timeout = 1
	send(t, addr, c)
	c.Kind, c.Service, c.TargetQueue = modgearman.KindHost, "", "host"
	send(t, addr, c)
	eventually(t, addr, results, 2)
	for _, r := range sentResults(t, addr, results) {
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
	for name, c := range map[string]struct {
		flags   []string
		passive bool
	}{"passive": {nil, true}, "active": {[]string{"--dup-active"}, false}} {
		t.Run(name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, addr string) {
				copies := embedded(t, "")
				w := startWorker(t, addr, "service", append(c.flags, "--key-file", keyFile(t), "--dupserver", copies, "--dupserver", deadAddr, "--timeout", "1s")...)
				send(t, addr, serviceCheck("/bin/echo fine"))
				eventually(t, addr, results, 1)
				eventually(t, copies, results, 1)
				first, second := sentResults(t, addr, results)[0], sentResults(t, copies, results)[0]
				if first.Passive || second.Passive != c.passive {
					t.Errorf("passive: %v and of the copy %v", first.Passive, second.Passive)
				}
				second.Passive = false
				if first.CoreStart = second.CoreStart; first != second {
					t.Errorf("they differ: %+v\n%+v", first, second)
				}
				wantRun(t, check(t, addr, "--key-file", keyFile(t), "--wait", "10s", "--command", "/bin/true"), 0)
				if code := w.stop(); code != 0 || !strings.Contains(w.stderr.String(), "dupserver "+deadAddr+": a copy of a result is lost") {
					t.Errorf("code %d, stderr %q", code, w.stderr.String())
				}
				noPrivateQueues(t, copies)
			})
		})
	}
}

func TestWorkerRunsEventHandlersAndNotifications(t *testing.T) {
	addr := embedded(t, "")
	startWorker(t, addr, "notification", "--key-file", keyFile(t))
	dir := t.TempDir()
	now := time.Now()
	send(t, addr, modgearman.Check{Kind: modgearman.KindEventhandler, TargetQueue: "eventhandler", StartTime: now, CoreTime: now, CommandLine: "echo handled > " + dir + "/event"})
	send(t, addr, modgearman.Check{
		Kind: modgearman.KindNotification, TargetQueue: "notification", StartTime: now, CoreTime: now, Contact: "anna", PluginOutput: "it is hot", LongPluginOutput: "(null)",
		CommandLine: `echo "$NAGIOS_HOSTOUTPUT, $NAGIOS_SERVICEOUTPUT, <$NAGIOS_LONGSERVICEOUTPUT>" > ` + dir + "/notice",
	})
	for file, want := range map[string]string{"event": "handled\n", "notice": "it is hot, it is hot, <>\n"} {
		until(t, file+" was written", func() bool {
			b, _ := os.ReadFile(filepath.Join(dir, file))
			return string(b) == want
		})
	}
	until(t, "the jobs are done", func() bool {
		return queueOf(t, addr, "eventhandler").Total+queueOf(t, addr, "notification").Total == 0
	})
	if q := queueOf(t, addr, results); q.Total != 0 {
		t.Errorf("results were sent: %+v", q)
	}
}

func TestAStoppedWorkerFinishesWhatItHas(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		g := newGate(t)
		w := startWorker(t, addr, "service", "--key-file", keyFile(t))
		send(t, addr, serviceCheck(plugin(t, "wait_for")+" "+g.path))
		until(t, "the check runs", func() bool { return queueOf(t, addr, "service").Running == 1 })
		w.cancel()
		w.says("finishing 1 job; ctrl-C again", 1)
		until(t, "the others have left", func() bool { return queueOf(t, addr, "host").Workers <= 1 })
		g.open()
		if code := w.wait(); code != 0 {
			t.Errorf("code %d, stderr %q", code, w.stderr.String())
		}
		if r := sentResults(t, addr, results); len(r) != 1 || r[0].Output != "OK - it is there" {
			t.Errorf("results: %+v", r)
		}
		if q := queueOf(t, addr, "service"); q.Total != 0 {
			t.Errorf("the job is still there: %+v", q)
		}
	})
}

// TestAKilledWorkerLosesNoCheck kills the process: the job goes to another worker.
func TestAKilledWorkerLosesNoCheck(t *testing.T) {
	addr := gearmandtest.Start(t)
	g := newGate(t)
	defer g.open()
	cmd := exec.Command(builtGearctl(t), "-s", addr, "check", "work", "--key-file", keyFile(t), "--allow-root", "--services")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	send(t, addr, serviceCheck(plugin(t, "wait_for")+" "+g.path))
	until(t, "the check runs", func() bool { return queueOf(t, addr, "service").Running == 1 })
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, addr, "service", 1)
	startWorker(t, addr, "service", "--key-file", keyFile(t))
	g.open()
	eventually(t, addr, results, 1)
}

func TestAWorkerComesBackToAServerThatWasRestarted(t *testing.T) {
	addr := gearmandtest.FreeAddr(t)
	other := embedded(t, "")
	w := startWorker(t, other, "service", "-s", addr, "--key-file", keyFile(t)) // one of both is down
	w.says("; trying again", 1)
	embedded(t, addr)
	until(t, "it serves both", func() bool { return queueOf(t, addr, "service").Workers > 0 })
	send(t, addr, serviceCheck("/bin/true"))
	send(t, other, serviceCheck("/bin/true"))
	eventually(t, addr, results, 1)
	eventually(t, other, results, 1)
}

func TestAResultIsNeverLost(t *testing.T) {
	// Results go on connections of their own, which the server may close while they are idle.
	addr := embedded(t, "")
	d := &wire.Dialer{Timeout: 5 * time.Second}
	var conns []net.Conn
	d.NetDial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		conns = append(conns, c)
		return c, err
	}
	p := newResultPool(d)
	defer p.close()
	for i := range 3 {
		job := &wire.Submission{Function: "r", Unique: p.key(), Workload: []byte("x"), Background: true}
		if err := p.submit(t.Context(), addr, job); err != nil {
			t.Fatal(err)
		}
		if got := len(conns); got != i+1 {
			t.Errorf("%d connections after %d results", got, i+1)
		}
		conns[i].Close()
	}
	if n := len(workloads(t, addr, "r")); n != 3 {
		t.Errorf("%d results, want 3", n)
	}
}

func TestWorkerByConfiguration(t *testing.T) {
	addr := embedded(t, "")
	path := filepath.Join(t.TempDir(), "worker.conf")
	text := fmt.Sprintf("server=%s\nkeyfile=%s\nidentifier=byfile\nservices=yes\nhostgroups=a,b\nmax-worker=3\nrestrict_path=/bin\n", addr, keyFile(t))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, "check", "work", "--config", path, "--allow-root")
	until(t, "it serves", func() bool {
		return queueOf(t, addr, "service").Workers == 1 && queueOf(t, addr, "hostgroup_b").Workers == 1 && queueOf(t, addr, "worker_byfile").Workers == 1
	})
	if queueOf(t, addr, "host").Workers != 0 {
		t.Errorf("queues: %+v", queuesOf(t, addr))
	}
	send(t, addr, serviceCheck("/usr/bin/id"))
	eventually(t, addr, results, 1)
	if r := sentResults(t, addr, results)[0]; r.ReturnCode != 3 || r.Output != "UNKNOWN: the command does not lie below restrict_path (worker: byfile)" {
		t.Errorf("%+v", r)
	}
}

func TestWorkerRefuses(t *testing.T) {
	addr := embedded(t, "")
	config := filepath.Join(t.TempDir(), "worker.conf")
	if err := os.WriteFile(config, []byte("encryption=no\nhosts=no\nservices=no\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		argv   []string
		code   int
		stderr string
	}{
		{[]string{"--allow-root"}, exitUsage, "no Mod-Gearman key"},
		{[]string{"--allow-root", "--no-encryption", "--parallel", "-1"}, exitUsage, "must not be negative"},
		{[]string{"--allow-root", "--no-encryption", "--timeout-return", "9"}, exitUsage, "must be from 0 to 3"},
		{[]string{"--allow-root", "--no-encryption", "--dupserver", "a:b:c"}, exitUsage, "dupserver: "},
		{[]string{"--allow-root", "--no-encryption", "--hostgroup", strings.Repeat("g", 600)}, exitUsage, "over the limit"},
		{[]string{"--allow-root", "--config", config}, exitUsage, "names no queue to serve"},
		{[]string{"--allow-root", "--no-encryption"}, exitUnreachable, "connection refused"},
	} {
		if c.code == exitUnreachable {
			addr = deadAddr
		}
		w := start(t, append([]string{"check", "work", "-s", addr}, c.argv...)...)
		code := w.wait()
		wantRun(t, run{code: code, stderr: w.stderr.String()}, c.code, c.stderr)
	}
	if os.Geteuid() == 0 {
		wantRun(t, gearctl(t, "", "check", "work", "-s", addr, "--no-encryption"), exitUsage, "refusing to run commands from the network as root", "--allow-root")
	}
}

func TestWorkerStopsAfterACount(t *testing.T) {
	addr := embedded(t, "")
	w := startWorker(t, addr, "service", "--key-file", keyFile(t), "--count", "3")
	for range 5 {
		send(t, addr, serviceCheck("/bin/true"))
	}
	if code := w.wait(); code != 0 {
		t.Errorf("code %d: %s", code, w.stderr.String())
	}
	if n := queueOf(t, addr, results).Total; n != 3 {
		t.Errorf("%d results, want 3", n)
	}
	if n := queueOf(t, addr, "service").Waiting(); n != 2 {
		t.Errorf("%d checks left, want 2", n)
	}
}
