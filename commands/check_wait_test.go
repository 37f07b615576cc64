package commands

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/modgearman"
)

func TestACheckTravelsToAWorkerAndBack(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		for name, keys := range map[string][]string{"encrypted": {"--key-file", keyFile(t)}, "clear": {"--no-encryption"}} {
			t.Run(name, func(t *testing.T) {
				w := startWorker(t, addr, "service", keys...)
				got := check(t, addr, append(keys, "--wait", "10s", "--command", plugin(t, "mixed"))...)
				wantRun(t, got, stateWarning)
				if !strings.HasPrefix(got.stdout, "WARNING - a line | x=1\na second line\n[something broke]\nqueued ") || !strings.Contains(got.stdout, "(worker lab, queue service on "+addr+")") {
					t.Errorf("stdout %q", got.stdout)
				}
				for code, line := range map[int]string{0: "/bin/true", 2: "exit 2", 3: "exit 3"} {
					wantRun(t, check(t, addr, append(keys, "--wait", "10s", "--command", line)...), code)
				}
				if code := w.stop(); code != 0 {
					t.Errorf("the worker ended with code %d: %s", code, w.stderr.String())
				}
				noPrivateQueues(t, addr)
			})
		}
	})
}

func TestACheckAsARow(t *testing.T) {
	addr := embedded(t, "")
	key := keyFile(t)
	startWorker(t, addr, "host", "--key-file", key)
	got := gearctl(t, "", "check", "host", "web01", "-s", addr, "--key-file", key, "--wait", "10s", "--command", "/bin/echo up", "-o", "jsonl")
	wantRun(t, got, 0)
	row := rowsOf[checkRow](t, got.stdout)[0]
	if row.Exec == nil || row.Queued == nil || row.Returned == nil {
		t.Fatalf("a time is missing: %s", got.stdout)
	}
	if sum := *row.Exec + *row.Queued + *row.Returned; sum > row.Total+0.001 || sum < row.Total-0.001 {
		t.Errorf("the parts make %v, the whole is %v", sum, row.Total)
	}
	row.Exec, row.Queued, row.Returned, row.Total = nil, nil, nil, 0
	want := checkRow{Server: addr, Queue: "host", Type: "host", Host: "web01", Output: "up", Worker: "lab"}
	if row != want {
		t.Errorf("got  %+v\nwant %+v", row, want)
	}
	var keys map[string]any
	if err := json.Unmarshal([]byte(got.stdout), &keys); err != nil || len(keys) != 12 {
		t.Errorf("%d keys, %v: %s", len(keys), err, got.stdout)
	}
}

// TestWhyNoResultCame provokes every cause for real.
func TestWhyNoResultCame(t *testing.T) {
	for _, c := range []struct {
		name string
		want string
		run  func(t *testing.T, addr string) run
	}{
		{"no worker", "no worker: nobody serves queue service on ", func(t *testing.T, addr string) run {
			return check(t, addr, "--no-encryption", "--wait", "250ms", "--command", "/bin/true")
		}},
		{"nobody took it", "nobody took the check from queue service on ", func(t *testing.T, addr string) run {
			newSilentWorker(t, addr, "service")
			return check(t, addr, "--no-encryption", "--wait", "250ms", "--command", "/bin/true")
		}},
		{"nobody took it in time", "1 worker, 1 job waiting, 0 running", func(t *testing.T, addr string) run {
			newSilentWorker(t, addr, "service")
			return check(t, addr, "--no-encryption", "--wait", "20ms", "--command", "/bin/true")
		}},
		{"the worker died", "the worker died: it took the check from queue service on ", func(t *testing.T, addr string) run {
			w := newSilentWorker(t, addr, "service")
			newSilentWorker(t, addr, "service")
			c := start(t, "check", "service", "web01", "disk", "-s", addr, "--no-encryption", "--wait", "1s", "--command", "/bin/true", "--trace")
			w.grab()
			c.says("< STATUS_RES ", 2) // it has been seen running
			w.c.Close()
			return run{code: c.wait(), stdout: c.stdout.String()}
		}},
		{"late", "late: the check from queue service on ", func(t *testing.T, addr string) run {
			g := newGate(t)
			startWorker(t, addr, "service", "--no-encryption")
			defer g.open()
			return check(t, addr, "--no-encryption", "--wait", "250ms", "--command", plugin(t, "wait_for")+" "+g.path)
		}},
		{"a wrong key", "and discarded it, as one does that has another key (key(", func(t *testing.T, addr string) run {
			startWorker(t, addr, "service", "--key-file", keyFile(t))
			other := filepath.Join(t.TempDir(), "other")
			if err := os.WriteFile(other, []byte("another secret\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return check(t, addr, "--key-file", other, "--wait", "20s", "--command", "/bin/true")
		}},
		{"a clear check for a worker with a key", "another key (no encryption here)", func(t *testing.T, addr string) run {
			startWorker(t, addr, "service", "--key-file", keyFile(t))
			return check(t, addr, "--no-encryption", "--wait", "20s", "--command", "/bin/true")
		}},
		{"the result went elsewhere", "and no result came: it went elsewhere", func(t *testing.T, addr string) run {
			w := newSilentWorker(t, addr, "service")
			c := start(t, "check", "service", "web01", "disk", "-s", addr, "--no-encryption", "--wait", "20s", "--command", "/bin/true", "--trace")
			handle, _ := w.grab()
			c.says("< STATUS_RES ", 2)
			w.complete(handle)
			return run{code: c.wait(), stdout: c.stdout.String()}
		}},
		{"a result that cannot be read", "that cannot be read: ", func(t *testing.T, addr string) run {
			w := newSilentWorker(t, addr, "service")
			c := start(t, "check", "service", "web01", "disk", "-s", addr, "--no-encryption", "--wait", "20s", "--command", "/bin/true")
			handle, workload := w.grab()
			answer(t, addr, workload, "no result at all")
			w.complete(handle)
			return run{code: c.wait(), stdout: c.stdout.String()}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, addr string) {
				t.Parallel()
				begin := time.Now()
				got := c.run(t, addr)
				if got.code != stateUnknown || !strings.HasPrefix(got.stdout, "UNKNOWN: ") || !strings.Contains(got.stdout, c.want) || strings.Count(got.stdout, "\n") != 1 {
					t.Errorf("code %d, stdout %q\nwant one line with %q", got.code, got.stdout, c.want)
				}
				if took := time.Since(begin); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
				if c.name != "late" {
					noPrivateQueues(t, addr)
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
	submitTo(t, addr, asked.ResultQueue, payload)
}

func submitTo(t testing.TB, addr, queue, payload string) {
	t.Helper()
	job := &wire.Submission{Function: queue, Unique: wire.NewUniqueSource().Next(), Workload: []byte(payload), Background: true}
	if _, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (string, error) {
		return c.Submit(ctx, job)
	}); err != nil {
		t.Fatal(err)
	}
}

func TestACheckThatNobodyTookIsCancelled(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		wantRun(t, check(t, addr, "--no-encryption", "--wait", "150ms", "--command", "/bin/true"), stateUnknown, "queue service on "+addr+" has no worker")
		if left := workloads(t, addr, "service"); len(left) != 0 {
			t.Errorf("the check is still there: %q", left)
		}
	})
}

func TestAnInterruptedCheckIsCancelled(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		c := start(t, "check", "service", "web01", "disk", "-s", addr, "--no-encryption", "--wait", "60s", "--command", "/bin/true")
		eventually(t, addr, "service", 1)
		if code := c.stop(); code != stateUnknown || !strings.HasPrefix(c.stdout.String(), "UNKNOWN: interrupted; ") {
			t.Errorf("code %d, stdout %q", code, c.stdout.String())
		}
		if left := workloads(t, addr, "service"); len(left) != 0 {
			t.Errorf("the check is still there: %q", left)
		}
		noPrivateQueues(t, addr)
	})
}

func TestTheServerDiesWhileACheckIsOnItsWay(t *testing.T) {
	p := gearmandtest.StartProcess(t)
	c := start(t, "check", "service", "web01", "disk", "-s", p.Addr, "--no-encryption", "--wait", "1s", "--command", "/bin/true", "--trace")
	c.says("< STATUS_RES ", 1)
	p.Kill()
	if code := c.wait(); code != stateUnknown || !strings.Contains(c.stdout.String(), "what became of the check in queue service on "+p.Addr+" is not known: ") {
		t.Errorf("code %d, stdout %q", code, c.stdout.String())
	}
}

func TestAResultOnAnotherServerOfTheListIsFound(t *testing.T) {
	first, second := embedded(t, ""), embedded(t, "")
	w := newSilentWorker(t, first, "service")
	c := start(t, "check", "service", "web01", "disk", "-s", first+","+second+","+deadAddr, "--no-encryption", "--wait", "20s", "--command", "/bin/true")
	handle, workload := w.grab()
	text, err := modgearman.Result{Host: "web01", Service: "disk", Output: "from elsewhere", ReturnCode: 7}.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := modgearman.Encode(text, modgearman.Key{})
	answer(t, second, workload, string(payload))
	w.complete(handle)
	if code := c.wait(); code != stateUnknown || !strings.HasPrefix(c.stdout.String(), "from elsewhere\nthe result does not tell when the plugin ran; ") {
		t.Errorf("code %d, stdout %q", code, c.stdout.String())
	}
	noPrivateQueues(t, first)
	noPrivateQueues(t, second)
}

func TestTheFirstServerThatAcceptsGetsTheCheck(t *testing.T) {
	addr := embedded(t, "")
	startWorker(t, addr, "service", "--no-encryption")
	wantRun(t, check(t, deadAddr+","+addr, "--no-encryption", "--wait", "10s", "--command", "/bin/true"), 0)
	got := check(t, deadAddr, "--no-encryption", "--wait", "1s", "--command", "/bin/true")
	if got.code != stateUnknown || !strings.HasPrefix(got.stdout, "UNKNOWN: dial "+deadAddr+": ") {
		t.Errorf("code %d, stdout %q", got.code, got.stdout)
	}
}

func TestManyChecks(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		key := keyFile(t)
		startWorker(t, addr, "service", "--key-file", key)
		got := check(t, addr, "--key-file", key, "--wait", "10s", "--command", "/bin/true", "--count", "50", "--parallel", "3", "-o", "jsonl")
		wantRun(t, got, 0)
		rows := rowsOf[checkRow](t, got.stdout)
		if len(rows) != 50 {
			t.Errorf("%d rows", len(rows))
		}
		best := time.Hour.Seconds()
		for _, r := range rows {
			best = min(best, r.Total-*r.Exec)
		}
		t.Logf("a round trip beside the plugin takes %.2f ms at best", best*1000)
		if best > 0.005 {
			t.Errorf("a round trip takes %.2f ms beside the plugin, over 5 ms", best*1000)
		}
		got = check(t, addr, "--key-file", key, "--wait", "10s", "--command", "exit 1", "--count", "5", "--columns", "checks,ok,warning")
		wantRun(t, got, stateWarning)
		if want := "CHECKS  OK  WARNING\n     5   0        5\n"; got.stdout != want {
			t.Errorf("got %q, want %q", got.stdout, want)
		}
		noPrivateQueues(t, addr)
	})
}

func TestTheClocksOfAWorkerAndOfThisHost(t *testing.T) {
	sent := time.Unix(1_700_000_000, 0)
	at := func(ms int) time.Time { return sent.Add(time.Duration(ms) * time.Millisecond) }
	for _, c := range []struct {
		name                    string
		begin, end, in, waiting int
		skewed                  bool
	}{
		{"as they should be", 10, 20, 30, 0, false},
		{"cut to microseconds", -1, 20, 19, 0, false},
		{"the worker is behind", -500, -400, 30, 0, true},
		{"the worker is ahead", 510, 520, 30, 0, true},
		{"a little behind, and the check was seen waiting", 10, 20, 300, 200, true},
	} {
		r := checkRow{}
		r.fill(modgearman.Result{Start: at(c.begin), Finish: at(c.end), Source: "Mod-Gearman Worker @\u00a0lab"}, at(c.in), at(c.waiting), sent)
		if r.skewed != c.skewed || (r.Queued == nil) != c.skewed || (r.Returned == nil) != c.skewed || r.Exec == nil || r.Worker != "lab" {
			t.Errorf("%s: %+v", c.name, r)
		}
		if c.skewed != strings.Contains(r.timeLine(), "the clocks of the worker and of this host differ") {
			t.Errorf("%s: %s", c.name, r.timeLine())
		}
	}
}
