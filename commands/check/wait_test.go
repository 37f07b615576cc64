package check_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/modgearman"
)

func TestACheckTravelsToAWorkerAndBack(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		for name, keys := range map[string][]string{"encrypted": {"--key-file", servertest.KeyFile(t)}, "clear": {"--no-encryption"}} {
			t.Run(name, func(t *testing.T) {
				w := commandtest.StartCheckWorker(t, addr, "service", keys...)
				got := check(t, addr, append(keys, "--wait", "10s", "--command", plugin(t, "mixed"))...)
				commandtest.WantRun(t, got, commandtest.StateWarning)
				if !strings.HasPrefix(got.Stdout, "WARNING - a line | x=1\na second line\n[something broke]\nqueued ") || !strings.Contains(got.Stdout, "(worker lab, queue service on "+addr+")") {
					t.Errorf("stdout %q", got.Stdout)
				}
				for code, line := range map[int]string{0: "/bin/true", 2: "exit 2", 3: "exit 3"} {
					commandtest.WantRun(t, check(t, addr, append(keys, "--wait", "10s", "--command", line)...), code)
				}
				if code := w.Stop(); code != 0 {
					t.Errorf("the worker ended with code %d: %s", code, w.Stderr.String())
				}
				servertest.NoPrivateQueues(t, addr)
			})
		}
	})
}

// checked is a row of check --wait -o jsonl.
type checked struct {
	Server, Queue, Type, Host, Service, Output, Worker string

	Code     int      `json:"return_code"`
	Exec     *float64 `json:"exec_seconds"`
	Queued   *float64 `json:"queue_seconds"`
	Returned *float64 `json:"return_seconds"`
	Total    float64  `json:"total_seconds"`
}

func TestACheckAsARow(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	key := servertest.KeyFile(t)
	commandtest.StartCheckWorker(t, addr, "host", "--key-file", key)
	got := commandtest.Gearctl(t, "", "check", "host", "web01", "-s", addr, "--key-file", key, "--wait", "10s", "--command", "/bin/echo up", "-o", "jsonl")
	commandtest.WantRun(t, got, 0)
	row := commandtest.RowsOf[checked](t, got.Stdout)[0]
	if row.Exec == nil || row.Queued == nil || row.Returned == nil {
		t.Fatalf("a time is missing: %s", got.Stdout)
	}
	if sum := *row.Exec + *row.Queued + *row.Returned; sum > row.Total+0.001 || sum < row.Total-0.001 {
		t.Errorf("the parts make %v, the whole is %v", sum, row.Total)
	}
	row.Exec, row.Queued, row.Returned, row.Total = nil, nil, nil, 0
	want := checked{Server: addr, Queue: "host", Type: "host", Host: "web01", Output: "up", Worker: "lab"}
	if row != want {
		t.Errorf("got  %+v\nwant %+v", row, want)
	}
	var keys map[string]any
	if err := json.Unmarshal([]byte(got.Stdout), &keys); err != nil || len(keys) != 12 {
		t.Errorf("%d keys, %v: %s", len(keys), err, got.Stdout)
	}
}

// TestWhyNoResultCame provokes every cause for real.
func TestWhyNoResultCame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		want string
		run  func(t *testing.T, addr string) commandtest.Run
	}{
		{"no worker", "no worker serves queue service on ", func(t *testing.T, addr string) commandtest.Run {
			return check(t, addr, "--no-encryption", "--wait", "4s", "--command", "/bin/true")
		}},
		{"nobody took it", "no worker took the check from queue service on ", func(t *testing.T, addr string) commandtest.Run {
			servertest.NewSilentWorker(t, addr, "service")
			return check(t, addr, "--no-encryption", "--wait", "4s", "--command", "/bin/true")
		}},
		{"nobody took it in time", "1 worker, 1 job waiting, 0 running", func(t *testing.T, addr string) commandtest.Run {
			servertest.NewSilentWorker(t, addr, "service")
			return check(t, addr, "--no-encryption", "--wait", "20ms", "--command", "/bin/true")
		}},
		{"the worker died", "the worker died: it took the check from queue service on ", func(t *testing.T, addr string) commandtest.Run {
			w := servertest.NewSilentWorker(t, addr, "service")
			servertest.NewSilentWorker(t, addr, "service")
			c := commandtest.Start(t, "check", "service", "web01", "disk", "-s", addr, "--no-encryption", "--wait", "1s", "--command", "/bin/true", "--trace")
			w.Grab()
			c.WaitStderr("< STATUS_RES ", 2) // it has been seen running
			w.Conn.Close()
			return commandtest.Run{Code: c.Wait(), Stdout: c.Stdout.String()}
		}},
		{"late", "late: the check from queue service on ", func(t *testing.T, addr string) commandtest.Run {
			g := newGate(t)
			commandtest.StartCheckWorker(t, addr, "service", "--no-encryption")
			defer g.open()
			return check(t, addr, "--no-encryption", "--wait", "1s", "--command", plugin(t, "wait_for")+" "+g.path)
		}},
		{"a wrong key", "but no result came back: the keys probably differ (key(", func(t *testing.T, addr string) commandtest.Run {
			commandtest.StartCheckWorker(t, addr, "service", "--key-file", servertest.KeyFile(t))
			other := filepath.Join(t.TempDir(), "other")
			if err := os.WriteFile(other, []byte("another secret\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return check(t, addr, "--key-file", other, "--wait", "20s", "--command", "/bin/true")
		}},
		{"a clear check for a worker with a key", "the keys probably differ (no encryption here)", func(t *testing.T, addr string) commandtest.Run {
			commandtest.StartCheckWorker(t, addr, "service", "--key-file", servertest.KeyFile(t))
			return check(t, addr, "--no-encryption", "--wait", "20s", "--command", "/bin/true")
		}},
		{"the result went elsewhere", "but no result came back: it went", func(t *testing.T, addr string) commandtest.Run {
			w := servertest.NewSilentWorker(t, addr, "service")
			c := commandtest.Start(t, "check", "service", "web01", "disk", "-s", addr, "--no-encryption", "--wait", "20s", "--command", "/bin/true", "--trace")
			handle, _ := w.Grab()
			c.WaitStderr("< STATUS_RES ", 2)
			w.Complete(handle)
			return commandtest.Run{Code: c.Wait(), Stdout: c.Stdout.String()}
		}},
		{"a result that cannot be read", "cannot decode the result from ", func(t *testing.T, addr string) commandtest.Run {
			w := servertest.NewSilentWorker(t, addr, "service")
			c := commandtest.Start(t, "check", "service", "web01", "disk", "-s", addr, "--no-encryption", "--wait", "20s", "--command", "/bin/true")
			handle, workload := w.Grab()
			answer(t, addr, workload, "no result at all")
			w.Complete(handle)
			return commandtest.Run{Code: c.Wait(), Stdout: c.Stdout.String()}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			servertest.Each(t, func(t *testing.T, addr string) {
				begin := time.Now()
				got := c.run(t, addr)
				if got.Code != commandtest.StateUnknown || !strings.HasPrefix(got.Stdout, "UNKNOWN: ") || !strings.Contains(got.Stdout, c.want) || strings.Count(got.Stdout, "\n") != 1 {
					t.Errorf("code %d, stdout %q\nwant one line with %q", got.Code, got.Stdout, c.want)
				}
				if took := time.Since(begin); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
				if c.name != "late" {
					servertest.NoPrivateQueues(t, addr)
				}
			})
		})
	}
}

// answer sends a payload to the result queue that a clear check names.
func answer(t testing.TB, addr, workload, payload string) {
	t.Helper()
	p, err := modgearman.Decode([]byte(workload))
	if err != nil {
		t.Fatal(err)
	}
	asked, err := p.Check()
	if err != nil {
		t.Fatal(err)
	}
	servertest.Submit(t, addr, asked.ResultQueue, payload)
}

func TestACheckThatNobodyTookIsCancelled(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		createQueue(t, addr, "service")
		commandtest.WantRun(t, check(t, addr, "--no-encryption", "--wait", "4s", "--command", "/bin/true"), commandtest.StateUnknown, "queue service on "+addr+" has no worker")
		if left := servertest.Workloads(t, addr, "service"); len(left) != 0 {
			t.Errorf("the check is still there: %q", left)
		}
	})
}

func createQueue(t testing.TB, addr, queue string) {
	t.Helper()
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "create", queue), 0)
}

func TestAnInterruptedCheckIsCancelled(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		createQueue(t, addr, "service")
		c := commandtest.Start(t, "check", "service", "web01", "disk", "-s", addr, "--no-encryption", "--wait", "60s", "--command", "/bin/true")
		servertest.WaitWaiting(t, addr, "service", 1)
		if code := c.Stop(); code != commandtest.StateUnknown || !strings.HasPrefix(c.Stdout.String(), "UNKNOWN: interrupted; ") {
			t.Errorf("code %d, stdout %q", code, c.Stdout.String())
		}
		if left := servertest.Workloads(t, addr, "service"); len(left) != 0 {
			t.Errorf("the check is still there: %q", left)
		}
		servertest.NoPrivateQueues(t, addr)
	})
}

func TestTheServerDiesWhileACheckIsOnItsWay(t *testing.T) {
	t.Parallel()
	p := gearmandtest.StartProcess(t)
	createQueue(t, p.Addr, "service")
	c := commandtest.Start(t, "check", "service", "web01", "disk", "-s", p.Addr, "--no-encryption", "--wait", "1s", "--command", "/bin/true", "--trace")
	c.WaitStderr("< STATUS_RES ", 1)
	p.Kill()
	if code := c.Wait(); code != commandtest.StateUnknown || !strings.Contains(c.Stdout.String(), "the outcome of the check in queue service on "+p.Addr+" is unknown: ") {
		t.Errorf("code %d, stdout %q", code, c.Stdout.String())
	}
}

func TestAResultOnAnotherServerOfTheListIsFound(t *testing.T) {
	t.Parallel()
	first, second := servertest.Embedded(t), servertest.Embedded(t)
	w := servertest.NewSilentWorker(t, first, "service")
	c := commandtest.Start(t, "check", "service", "web01", "disk", "-s", first+","+second+","+servertest.DeadAddr, "--no-encryption", "--wait", "20s", "--command", "/bin/true")
	handle, workload := w.Grab()
	text, err := modgearman.Result{Host: "web01", Service: "disk", Output: "from elsewhere", ReturnCode: 7}.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := modgearman.Encode(text, modgearman.Key{})
	answer(t, second, workload, string(payload))
	w.Complete(handle)
	if code := c.Wait(); code != commandtest.StateUnknown || !strings.HasPrefix(c.Stdout.String(), "from elsewhere\nthe result does not say when the plugin ran; ") {
		t.Errorf("code %d, stdout %q", code, c.Stdout.String())
	}
	servertest.NoPrivateQueues(t, first)
	servertest.NoPrivateQueues(t, second)
}

func TestTheFirstServerThatAcceptsGetsTheCheck(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.StartCheckWorker(t, addr, "service", "--no-encryption")
	commandtest.WantRun(t, check(t, servertest.DeadAddr+","+addr, "--no-encryption", "--wait", "10s", "--command", "/bin/true"), 0)
	got := check(t, servertest.DeadAddr, "--no-encryption", "--wait", "1s", "--command", "/bin/true")
	if got.Code != commandtest.StateUnknown || !strings.HasPrefix(got.Stdout, "UNKNOWN: dial "+servertest.DeadAddr+": ") {
		t.Errorf("code %d, stdout %q", got.Code, got.Stdout)
	}
}

func TestManyChecks(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		key := servertest.KeyFile(t)
		commandtest.StartCheckWorker(t, addr, "service", "--key-file", key)
		got := check(t, addr, "--key-file", key, "--wait", "10s", "--command", "/bin/true", "--count", "50", "--parallel", "3", "-o", "jsonl")
		commandtest.WantRun(t, got, 0)
		rows := commandtest.RowsOf[checked](t, got.Stdout)
		if len(rows) != 50 {
			t.Errorf("%d rows", len(rows))
		}
		best := time.Hour.Seconds()
		for _, r := range rows {
			best = min(best, r.Total-*r.Exec)
		}
		t.Logf("a round trip beside the plugin takes %.2f ms at best", best*1000)
		if best > 0.05 { // it is woken by the result instead of asking for it from time to time
			t.Errorf("a round trip takes %.2f ms beside the plugin, over 50 ms", best*1000)
		}
		got = check(t, addr, "--key-file", key, "--wait", "10s", "--command", "exit 1", "--count", "5", "--columns", "checks,ok,warning")
		commandtest.WantRun(t, got, commandtest.StateWarning)
		if want := "CHECKS  OK  WARNING\n     5   0        5\n"; got.Stdout != want {
			t.Errorf("got %q, want %q", got.Stdout, want)
		}
		servertest.NoPrivateQueues(t, addr)
	})
}
