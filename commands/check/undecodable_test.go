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

// junk puts jobs into a queue that are no checks.
func junk(t testing.TB, addr, queue string, n int) {
	t.Helper()
	for range n {
		servertest.Submit(t, addr, queue, "never encoded")
	}
}

// TestAQueueOfJunkIsLeft: with one queue full of jobs under another key the others are served, and no more than so many
// are discarded.
func TestAQueueOfJunkIsLeft(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		file := filepath.Join(t.TempDir(), "kept.jsonl")
		w := commandtest.StartCheckWorker(t, addr, "host", "--no-encryption", "--hosts", "--services", "--parallel", "4", "--max-undecodable", "5", "--undecodable", file)
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
			servertest.Submit(t, addr, "service", string(payload))
		}
		clear()
		servertest.WaitWaiting(t, addr, servertest.Results, 1)
		junk(t, addr, "host", 12)
		w.WaitStderr("queue host on "+addr+" paused after 5 undecodable jobs in a row: its jobs wait; next attempt in 1m", 1)
		servertest.Until(t, "nobody serves it", func() bool { q := servertest.Queue(t, addr, "host"); return q.Workers == 0 && q.Running == 0 })
		if q := servertest.Queue(t, addr, "host"); q.Total != 7 {
			t.Errorf("%d jobs wait, want 7", q.Total)
		}
		clear()
		servertest.WaitWaiting(t, addr, servertest.Results, 2)
		if r := commandtest.Gearctl(t, "", "-s", addr, "health", "--probe", "lab", "--perfdata", "none"); !strings.Contains(r.Stdout, "WARNING: worker_lab: lab has 4 workers, 0 jobs running, version gearctl-test, paused after undecodable jobs: host on "+addr+" until ") {
			t.Errorf("the answer to a probe: %+v", r)
		}
		if code := w.Stop(); code != commandtest.ExitOK {
			t.Errorf("code %d: %s", code, w.Stderr.String())
		}
		if b, err := os.ReadFile(file); err != nil || strings.Count(string(b), `"queue":"host"`) != 5 {
			t.Errorf("kept: %v %s", err, b)
		}
		if r := commandtest.Gearctl(t, "", "-s", addr, "replay", file); r.Code != commandtest.ExitOK || servertest.Queue(t, addr, "host").Total != 12 || strings.Contains(r.Stderr, "incomplete") {
			t.Errorf("replay of an archive whose jobs were all discarded: %+v", r)
		}
	})
}

// TestNothingCouldBeDecoded: a worker with a wrong key ends, and destroys no more than so many jobs.
func TestNothingCouldBeDecoded(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		junk(t, addr, "host", 30)
		r := commandtest.Gearctl(t, "", "-s", addr, "check", "work", "--key-file", servertest.KeyFile(t), "--hosts", "--services", "--allow-root", "--identifier", "lab")
		if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "no job could be decoded; the last 20 were from host on "+addr) {
			t.Errorf("%+v", r)
		}
		servertest.Until(t, "10 jobs wait", func() bool { return servertest.Queue(t, addr, "host").Total == 10 }) // the last answers may still be on their way
	})
}
