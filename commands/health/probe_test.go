package health_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// TestHealthProbes asks what Mod-Gearman's programs answer.
func TestHealthProbes(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		servertest.Answering(t, addr, "worker_w1", "hostC has 25 worker and is working on 3 jobs. Version: 5.2.4|worker=25;;;5;50 jobs=1508c\x00rubbish|x=1")
		servertest.Answering(t, addr, "check_results", "2:CRITICAL - result worker running on core. Version: 5.2.4|worker=3;;;0;3 jobs=2388c errors=0c")
		out := health(t, commandtest.StateOK, "-s", addr, "--probe", "w1", "--perfdata", "sums")
		says(t, out, "1 probe answered|", "OK: worker_w1: hostC has 25 workers, 3 jobs running, version 5.2.4\n", " worker_w1_workers=25;;;5;50 worker_w1_busy=3;;;0 worker_w1_jobs=1508c\n")
		out = health(t, commandtest.StateCritical, "-s", addr, "--probe", "w1", "--probe", "check_results", "--probe", "w2")
		says(t, out, "check_results: CRITICAL - result worker running on core. Version: 5.2.4", "worker_w2: unknown queue: no worker is connected")
		servertest.NewSilentWorker(t, addr, "worker_hangs")
		says(t, health(t, commandtest.StateCritical, "-s", addr, "--probe", "hangs", "--timeout", "4s"), "worker_hangs: probe: no answer in time: no worker took the job")
		if q := servertest.Queue(t, addr, "worker_hangs"); q.Total != 0 {
			t.Errorf("the probe left %+v", q)
		}
		stop, err := servertest.Serve(addr, "worker_fails", "fail") // the Go check_gearman says OK to WORK_FAIL
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		says(t, health(t, commandtest.StateCritical, "-s", addr, "--probe", "fails"), "worker_fails: probe: a worker took the job and reported failure")
	})
}

// TestWhatIsNamedTwiceIsAskedOnce: a worker under either of its names, and a queue.
func TestWhatIsNamedTwiceIsAskedOnce(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	servertest.Answering(t, addr, "worker_w1", "w1 has 1 worker and is working on 0 jobs. Version: 5.2.4|worker=1;;;1;1 jobs=8c")
	out := health(t, commandtest.StateOK, "-s", addr, "--probe", "w1", "--probe", "worker_w1", "--probe", "w1", "worker_w1", "worker_w1")
	if says(t, out, "OK: 1 queue, ", " 1 probe answered|"); strings.Count(out, "worker_w1_probe=") != 1 || strings.Count(out, "\n") != 2 {
		t.Error(out)
	}
	if out = health(t, commandtest.StateUnknown, "-s", addr, "x*", "x*"); strings.Count(out, "no queue matches") != 2 {
		t.Error(out)
	}
}

// TestProbeQueue is check_gearman's -q -s -e -u -a.
func TestProbeQueue(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		keys := make(chan string, 10)
		c, err := new(wire.Dialer).Dial(t.Context(), addr)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			c.Work(ctx, &wire.Work{Function: "echo", Do: func(j *wire.ActiveJob) error {
				keys <- string(j.Unique)
				return j.Complete(append([]byte("you said "), j.Workload...))
			}})
		}()
		defer func() {
			cancel()
			c.Close()
			waittest.Receive(t, "the worker ends", ended)
		}()
		servertest.Until(t, "there is a worker", func() bool { return servertest.Queue(t, addr, "echo").Workers > 0 })
		ask := func(code int, flags ...string) string {
			return health(t, code, append([]string{"-s", addr, "--probe-queue", "echo", "--send", "ping"}, flags...)...)
		}
		says(t, ask(commandtest.StateOK, "--expect", "said ping"), `OK: echo: sent "ping", got "you said ping"`)
		says(t, ask(commandtest.StateCritical, "--expect", "pong", "--unique", "my key"), `echo: sent "ping", got "you said ping", expected "pong"`)
		says(t, ask(commandtest.StateOK, "--async"), "echo: job queued")
		first, given, last := <-keys, <-keys, <-keys
		if first == last || given != "my key" { // the Go check_gearman ignores -u
			t.Errorf("unique keys %q, %q and %q, want two different ones and my key between them", first, given, last)
		}
		says(t, health(t, commandtest.StateCritical, "-s", addr, "--probe-queue", "nobody", "--send", "x", "--async"), "nobody: unknown queue")
		if q := servertest.Queue(t, addr, "nobody"); q.Function != "" {
			t.Errorf("the probe made %+v", q)
		}
	})
}

func aKeyFile(t *testing.T, key string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestChecksThatNobodyTakesAreTakenBack: also where jobs of others wait, which stay as they are. There the check is
// cancelled, and the server frees it when a worker asks for the next job.
func TestChecksThatNobodyTakesAreTakenBack(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	servertest.NewSilentWorker(t, addr, "host")
	crowded := servertest.NewSilentWorker(t, addr, "service")
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "service", "first", "second")
	says(t, health(t, commandtest.StateCritical, "-s", addr, "--end-to-end", "--no-encryption", "--timeout", "10s"),
		"host: end to end: no worker took the check", "service: end to end: no worker took the check")
	if _, first := crowded.Grab(); first != "first" {
		t.Errorf("the first job is now %q", first)
	}
	if h, s := servertest.Queue(t, addr, "host"), servertest.Queue(t, addr, "service"); h.Total != 0 || s.Total != 2 {
		t.Errorf("left behind: %+v, %+v", h, s)
	}
	servertest.NoPrivateQueues(t, addr)
}

// TestChecksGivenUpAtTheSameTime leave nothing behind: the last to go sweeps.
func TestChecksGivenUpAtTheSameTime(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		servertest.NewSilentWorker(t, addr, "service")
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				health(t, commandtest.StateCritical, "-s", addr, "--end-to-end", "--no-encryption", "--timeout", "10s")
			})
		}
		wg.Wait()
		for _, q := range servertest.Queues(t, addr) {
			if q.Total != 0 {
				t.Errorf("left behind: %+v", q)
			}
		}
	})
}

// TestHungQueuesStarveNobody: 20 of 200 queues and 40 of 41 workers hang, and come first.
func TestHungQueuesStarveNobody(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	work := []string{"--no-encryption", "--parallel", "20", "--max-connections", "200"} // one for each queue from gearmand 2.0.0 on
	var probes []string
	for i := range 200 {
		queue := fmt.Sprintf("hostgroup_%03d", i)
		if i < 40 {
			servertest.NewSilentWorker(t, addr, "worker_"+queue)
			probes = append(probes, "--probe", queue)
		}
		if i < 20 {
			servertest.NewSilentWorker(t, addr, queue)
		} else {
			work = append(work, "--queue", queue)
		}
	}
	commandtest.StartCheckWorker(t, addr, "hostgroup_199", work...)
	servertest.Until(t, "all queues are served", func() bool {
		served := 0
		for _, q := range servertest.Queues(t, addr) {
			if q.Workers > 0 {
				served++
			}
		}
		return served == 200+40+1 // and 40 silent probes and lab's
	})
	flags := []string{"-s", addr, "--perfdata", "none"}
	answers := func(critical, good int, more ...string) {
		t.Helper()
		out := health(t, commandtest.StateCritical, append(flags, more...)...)
		if c, g := strings.Count(out, "\nCRITICAL: "), strings.Count(out, "\nOK: "); c != critical || g != good {
			t.Errorf("%d are critical and %d OK, want %d and %d:\n%s", c, g, critical, good, out)
		}
	}
	answers(20, 181, "--end-to-end", "--no-encryption", "--timeout", "15s")
	answers(40, 1, append(probes, "--probe", "lab", "--timeout", "10s")...)
	for _, q := range servertest.Queues(t, addr) {
		if q.Total != 0 {
			t.Errorf("left behind: %+v", q)
		}
	}
}

// TestEndToEndAsksForTheQueuesOnce: status costs a server with many queues a lot, and was just read.
func TestEndToEndAsksForTheQueuesOnce(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	commandtest.StartCheckWorker(t, server, "service", "--queue", "service", "--no-encryption")
	addr, requests := servertest.RecordRequests(t, server)
	says(t, health(t, commandtest.StateOK, "-s", addr, "--end-to-end", "--no-encryption", "--storage=false", "--timeout", "20s"), "1 test check came back")
	before, _, sent := strings.Cut(strings.Join(requests.All(), "\n"), "\nSUBMIT_JOB") // a check that waits is looked for later
	if n := strings.Count(before, "status"); !sent || n != 1 {
		t.Errorf("status was asked %d times before the check was sent, want once:\n%s", n, before)
	}
}

// TestEndToEnd sends encrypted checks to a worker with the same key, and to one with another (sni/mod_gearman#32).
func TestEndToEnd(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		commandtest.StartCheckWorker(t, addr, "hostgroup_dmz", "--queue", "service", "--queue", "hostgroup_dmz", "--key-file", aKeyFile(t, "the right key"))
		right, wrong := aKeyFile(t, "the right key"), aKeyFile(t, "the wrong key")
		flags := []string{"-s", addr, "--end-to-end", "--timeout", "20s"}
		out := health(t, commandtest.StateOK, append(flags, "--key-file", right)...)
		says(t, out, "2 test checks came back, 1 store works|", ": storage: a background job was stored and removed", "OK: hostgroup_dmz: end to end: back after ", "worker lab", " service_end_to_end=")
		says(t, health(t, commandtest.StateCritical, append(flags, "--key-file", right, "--end-to-end-critical", "100:")...), "(critical 100:), worker lab")
		says(t, health(t, commandtest.StateCritical, append(flags, "--key-file", right, "service", "--command", "exit 1")...), "service: end to end: worker lab returned 1: ")
		says(t, health(t, commandtest.StateCritical, append(flags, "--key-file", wrong)...), "hostgroup_dmz: end to end: a worker took the check but no result came back: the keys probably differ")
		says(t, health(t, commandtest.StateCritical, append(flags, "--key-file", right, "host")...), "host: no worker; end-to-end check skipped")
		says(t, health(t, commandtest.StateUnknown, append(flags, "--key-file", right, "worker_*")...), "no queue for the end-to-end check")
		servertest.NoPrivateQueues(t, addr)
		if r := commandtest.Gearctl(t, "", append([]string{"health"}, flags...)...); r.Code != commandtest.StateUnknown || !strings.HasPrefix(r.Stdout, "UNKNOWN: no Mod-Gearman key") {
			t.Errorf("without a key: %+v", r)
		}
	})
}

// TestACheckThatAnotherServerTook: the server that refuses it is not OK because the next one of the list takes it and its result
// comes back.
func TestACheckThatAnotherServerTook(t *testing.T) {
	t.Parallel()
	full, good := servertest.Embedded(t), servertest.Embedded(t)
	servertest.Ask(t, full, func(ctx context.Context, c *wire.Conn) (any, error) {
		if err := c.CreateFunction(ctx, "service"); err != nil {
			return nil, err
		}
		return nil, c.MaxQueue(ctx, "service", 1)
	})
	servertest.Submit(t, full, "service", "x")
	servertest.NewSilentWorker(t, full, "service")
	key := aKeyFile(t, "the key")
	commandtest.StartCheckWorker(t, good, "service", "--queue", "service", "--key-file", key)
	out := health(t, commandtest.StateCritical, "-s", full+","+good, "--end-to-end", "--timeout", "20s", "--key-file", key, "service")
	says(t, out, "service on "+full+": end to end: the check could only be sent to "+good, "OK: service on "+good+": end to end: back after ")
}

// TestAProbeUnderAKeyThatOthersHave leaves the job to those who still wait for it.
func TestAProbeUnderAKeyThatOthersHave(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		servertest.NewSilentWorker(t, addr, "echo")
		other, err := new(wire.Dialer).Dial(t.Context(), addr)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if _, err := other.Submit(t.Context(), &wire.Submission{Function: "echo", Unique: "shared", Priority: wire.PriorityHigh}); err != nil {
			t.Fatal(err)
		}
		health(t, commandtest.StateCritical, "-s", addr, "--probe-queue", "echo", "--send", "x", "--unique", "shared", "--timeout", "4s")
		if q := servertest.Queue(t, addr, "echo"); q.Total != 1 {
			t.Errorf("the other's job is gone: %+v", q)
		}
	})
}
