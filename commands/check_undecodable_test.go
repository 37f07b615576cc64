package commands

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// junk puts jobs into a queue that are no checks.
func junk(t testing.TB, addr, queue string, n int) {
	t.Helper()
	for range n {
		submitTo(t, addr, queue, "never encoded")
	}
}

// TestAQueueOfJunkIsLeft: with one queue full of jobs under another key the others are served, and no more than so many
// are discarded.
func TestAQueueOfJunkIsLeft(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		file := filepath.Join(t.TempDir(), "kept.jsonl")
		w := startWorker(t, addr, "host", "--no-encryption", "--hosts", "--services", "--parallel", "4", "--max-undecodable", "5", "--undecodable", file)
		check := serviceCheck("/bin/true")
		clear := func() {
			text, err := check.AppendText(nil)
			if err != nil {
				t.Fatal(err)
			}
			payload, err := modgearman.Encode(text, modgearman.Key{})
			if err != nil {
				t.Fatal(err)
			}
			submitTo(t, addr, "service", string(payload))
		}
		clear()
		eventually(t, addr, results, 1)
		junk(t, addr, "host", 12)
		w.says("queue host on "+addr+" left after 5 undecodable jobs in a row: its jobs wait; next attempt in 1m", 1)
		until(t, "nobody serves it", func() bool { q := queueOf(t, addr, "host"); return q.Workers == 0 && q.Running == 0 })
		if q := queueOf(t, addr, "host"); q.Total != 7 {
			t.Errorf("%d jobs wait, want 7", q.Total)
		}
		clear()
		eventually(t, addr, results, 2)
		if r := gearctl(t, "", "-s", addr, "health", "--probe", "lab", "--perfdata", "none"); !strings.Contains(r.stdout, "WARNING: worker_lab: lab has 4 workers, 0 jobs running, version gearctl-test, left after undecodable jobs: host on "+addr+" until ") {
			t.Errorf("the answer to a probe: %+v", r)
		}
		if code := w.stop(); code != exitOK {
			t.Errorf("code %d: %s", code, w.stderr.String())
		}
		if b, err := os.ReadFile(file); err != nil || strings.Count(string(b), `"queue":"host"`) != 5 {
			t.Errorf("kept: %v %s", err, b)
		}
		if r := gearctl(t, "", "-s", addr, "replay", file); r.code != exitOK || queueOf(t, addr, "host").Total != 12 {
			t.Errorf("replay: %+v", r)
		}
	})
}

// TestNothingCouldBeDecoded: a worker with a wrong key ends, and destroys no more than so many jobs.
func TestNothingCouldBeDecoded(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		junk(t, addr, "host", 30)
		r := gearctl(t, "", "-s", addr, "check", "work", "--key-file", keyFile(t), "--hosts", "--services", "--allow-root", "--identifier", "lab")
		if r.code != exitFailed || !strings.Contains(r.stderr, "not one job could be decoded; the last 20 in a row were of host on "+addr) {
			t.Errorf("%+v", r)
		}
		until(t, "10 jobs wait", func() bool { return queueOf(t, addr, "host").Total == 10 }) // the last answers may still be on their way
	})
}

// TestAFullDiskKeepsUndecodableJobs: what cannot be kept is not discarded.
func TestAFullDiskKeepsUndecodableJobs(t *testing.T) {
	addr := embedded(t, "")
	junk(t, addr, "host", 3)
	file := filepath.Join(t.TempDir(), "kept.jsonl")
	w := startWorker(t, addr, "service", "--no-encryption", "--services", "--undecodable", file)
	w.stop()
	r := gearctl(t, "", "-s", addr, "check", "work", "--no-encryption", "--hosts", "--allow-root", "--undecodable", "/dev/full")
	if r.code == exitOK || queueOf(t, addr, "host").Total != 3 {
		t.Errorf("%+v, %+v", r, queueOf(t, addr, "host"))
	}
}

func TestHowLongAQueueIsLeft(t *testing.T) {
	now := time.Now()
	env := superviseEnv(os.Stderr)
	env.Now = func() time.Time { return now }
	u := &undecodable{env: env, most: 3, queues: map[endpoint]*badQueue{}}
	e := endpoint{"s:4730", "q"}
	u.good(endpoint{"s:4730", "other"})
	want := []time.Duration{0, 0, time.Minute}
	for range 7 {
		last := want[len(want)-1]
		want = append(want, last, min(2*last, time.Hour)) // one that was in hand, then one when it is served again
	}
	for i, w := range want {
		leave, discard, decoded := u.judge(e)
		if discard != (i < 3) || !decoded || (leave == nil) != (w == 0) || leave != nil && (leave.wait != w || leave.answered != discard) {
			t.Fatalf("job %d: %+v, discard %v, decoded %v; want %v", i+1, leave, discard, decoded, w)
		}
		if leave != nil && i%2 == 1 {
			now = now.Add(leave.wait)
		}
	}
	u.good(e)
	if leave, discard, _ := u.judge(e); leave != nil || !discard {
		t.Errorf("after a good one: %+v, %v", leave, discard)
	}
}

// TestAQueueThatWasLeftIsServedAgain, also by connections that queues share.
func TestAQueueThatWasLeftIsServedAgain(t *testing.T) {
	for name, connections := range map[string]int{"own connections": 8, "shared": 1} {
		t.Run(name, func(t *testing.T) {
			addr := serverOfVersion(t, "1.1.22")
			ctx, cancel := context.WithCancelCause(t.Context())
			var bad, other atomic.Int64
			k := &crew{
				client: superviseEnv(os.Stderr).client(nil), s: newSupervisor(superviseEnv(os.Stderr), &wire.Dialer{}), queues: []string{"q", "r"},
				slots: wire.NewLimiter(2, 0), limits: &connLimits{max: connections, queues: 2, parallel: 2},
				do: func(_ context.Context, j *wire.ActiveJob) error {
					if string(j.Function) == "r" {
						other.Add(1)
						return j.Complete(nil)
					}
					if n := bad.Add(1); n > 3 {
						return j.Complete(nil)
					}
					return &leaveQueue{wait: 10 * time.Millisecond, answered: false}
				},
			}
			done := make(chan error, 1)
			go func() { done <- k.work(ctx, []string{addr}) }()
			submitTo(t, addr, "q", "x")
			submitTo(t, addr, "r", "x")
			until(t, "both are done", func() bool { return queueOf(t, addr, "q").Total == 0 && bad.Load() == 4 && other.Load() == 1 })
			cancel(errInterrupted)
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}
