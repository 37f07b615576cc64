package commands

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/jobserver/gearmandtest"
)

// crashJobs is how many jobs the queues of these tests hold.
const crashJobs = 20_000

// waitingOn asks for the waiting jobs of a queue.
func waitingOn(t testing.TB, addr, queue string) int64 {
	t.Helper()
	list, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
		return c.Status(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list.Rows {
		if q.Function == queue {
			return q.Waiting()
		}
	}
	return 0
}

// fillQueue submits the numbers from 0 as jobs with unique keys.
func fillQueue(t testing.TB, addr, queue string, jobs int) {
	t.Helper()
	if r := gearctl(t, numbers(jobs), "-s", addr, "submit", "-b", "-l", queue); r.code != 0 {
		t.Fatal(r.stderr)
	}
}

// inQueue empties a queue and returns how often each payload was in it.
func inQueue(t testing.TB, addr, queue string) map[string]int {
	t.Helper()
	r := gearctl(t, "", "-s", addr, "drain", queue, "--yes", "-o", "raw")
	if r.code != 0 && !strings.Contains(r.stderr, "unknown queue") {
		t.Fatal(r.stderr)
	}
	seen := map[string]int{}
	for line := range strings.Lines(r.stdout) {
		seen[strings.TrimSuffix(line, "\n")]++
	}
	return seen
}

// inArchive returns how often each payload is in an archive, which may have been cut short.
func inArchive(t testing.TB, path string) map[string]int {
	t.Helper()
	seen := map[string]int{}
	r, err := archive.Open(disk.OS{}, path)
	if os.IsNotExist(err) {
		return seen
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		if err != nil {
			return seen
		}
		seen[string(rec.Data)]++
	}
}

// checkAll reports numbers below jobs that are in none of the places, and with once those that are in more than one.
func checkAll(t testing.TB, what string, jobs int, once bool, places ...map[string]int) {
	t.Helper()
	lost, twice := 0, 0
	for n := range jobs {
		seen := 0
		for _, p := range places {
			seen += p[fmt.Sprint(n)]
		}
		if seen == 0 {
			lost++
		}
		if seen > 1 {
			twice++
		}
	}
	if lost > 0 || once && twice > 0 {
		t.Errorf("%s: of %d jobs %d are lost and %d exist twice", what, jobs, lost, twice)
	}
}

// endAt runs gearctl and sends it a signal when reached says so. It returns its exit code, -1 when it was killed, and
// its stderr.
func endAt(t testing.TB, sig syscall.Signal, reached func() bool, argv ...string) (int, string) {
	t.Helper()
	cmd := exec.Command(builtGearctl(t), argv...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	for {
		select {
		case <-ended:
			return cmd.ProcessState.ExitCode(), stderr.String()
		default:
		}
		if reached() {
			cmd.Process.Signal(sig)
			<-ended
			return cmd.ProcessState.ExitCode(), stderr.String()
		}
	}
}

// randomMoment returns a moment in the middle of a drain to path: when so much is written, or when so few jobs are left.
func randomMoment(t testing.TB, addr, queue, path string) func() bool {
	if rand.IntN(2) == 0 {
		size := rand.Int64N(crashJobs * 180)
		return func() bool {
			info, err := os.Stat(path)
			return err == nil && info.Size() >= size
		}
	}
	left := rand.Int64N(crashJobs)
	begun := func() bool { _, err := os.Stat(path); return err == nil }
	return func() bool { return begun() && waitingOn(t, addr, queue) < left }
}

// TestSoakKilledArchive kills and interrupts drains into archives: archive and queue hold every job, and replayed from
// the archives of the killed drain and of the next each job is there once.
func TestSoakKilledArchive(t *testing.T) {
	addr := gearmandtest.Start(t, "--threads=2")
	for round := range crashRounds {
		for _, c := range []struct {
			sig  syscall.Signal
			name string
			more []string
		}{
			{syscall.SIGKILL, "kill", nil},
			{syscall.SIGKILL, "killgz", nil},
			{syscall.SIGKILL, "killmax", []string{"--max", fmt.Sprint(crashJobs)}},
			{syscall.SIGTERM, "term", nil},
		} {
			dir, queue := t.TempDir(), fmt.Sprintf("%s%d", c.name, round)
			first, second := filepath.Join(dir, "first.jsonl"), filepath.Join(dir, "second.jsonl")
			if c.name == "killgz" {
				first += ".gz"
			}
			fillQueue(t, addr, queue, crashJobs)
			argv := append([]string{"-s", addr, "drain", queue, "--yes", "--to", first}, c.more...)
			code, stderr := endAt(t, c.sig, randomMoment(t, addr, queue, first), argv...)
			if c.sig == syscall.SIGTERM && code != exitInterrupted && code != exitOK {
				t.Errorf("SIGTERM: exit code %d\n%s", code, stderr)
			}
			archived := inArchive(t, first)
			if r := gearctl(t, "", "-s", addr, "drain", queue, "--yes", "--to", second); r.code != 0 {
				t.Fatal(r.stderr)
			}
			checkAll(t, queue, crashJobs, false, archived, inArchive(t, second))
			var files []string
			for _, f := range []string{second, first} { // there is none of a drain that took nothing
				if _, err := os.Stat(f); err == nil {
					files = append(files, f)
				}
			}
			if r := gearctl(t, "", append([]string{"-s", addr, "replay"}, files...)...); r.code != 0 {
				t.Errorf("replay: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			checkAll(t, queue+" replayed", crashJobs, true, inQueue(t, addr, queue))
		}
	}
}

// TestServerStopsDuringArchive kills gearmand in the middle of a drain into an archive: what is in the archive is told,
// and with the jobs that a server on disk would still have it is all of them.
func TestServerStopsDuringArchive(t *testing.T) {
	p := gearmandtest.StartProcess(t, "--threads=2")
	fillQueue(t, p.Addr, "q", crashJobs)
	path := filepath.Join(t.TempDir(), "jobs.jsonl")
	killed := false
	code, stderr := endAt(t, 0, func() bool {
		info, err := os.Stat(path)
		if err == nil && info.Size() > 256<<10 && !killed {
			killed = true
			p.Kill()
		}
		return false
	}, "-s", p.Addr, "--timeout", "2s", "drain", "q", "--yes", "--to", path)
	if code != exitFailed || !strings.Contains(stderr, "0 jobs are in "+path+" and off the server") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}

// TestFullDisk drains onto a disk that fills up: what was not acknowledged is back in the queue, and the message says
// how many are where.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mount a small tmpfs: %v (needs root)", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	addr := gearmandtest.Start(t, "--threads=2")
	for _, c := range []struct {
		queue, file string
		noise       int // bytes that others have on the disk
		more        []string
	}{
		{"all", "all.jsonl", 300_000, nil},
		{"gz", "gz.jsonl.gz", 900_000, nil},
		{"window", "window.jsonl", 300_000, []string{"--max", fmt.Sprint(crashJobs)}},
	} {
		t.Run(c.queue, func(t *testing.T) {
			path := filepath.Join(dir, c.file)
			fillQueue(t, addr, c.queue, crashJobs)
			if err := os.WriteFile(filepath.Join(dir, "noise"), make([]byte, c.noise), 0o600); err != nil {
				t.Fatal(err)
			}
			r := gearctl(t, "", append([]string{"-s", addr, "drain", c.queue, "--yes", "--to", path}, c.more...)...)
			if r.code != exitFailed || !strings.Contains(r.stderr, "no space left on device") || !strings.Contains(r.stderr, "went back to the queue") {
				t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
			}
			left := waitingOn(t, addr, c.queue)
			_, text, _ := strings.Cut(r.stderr, "no space left on device: ")
			var off int64
			fmt.Sscan(strings.ReplaceAll(strings.Fields(text + " -")[0], ",", ""), &off)
			if off+left != crashJobs {
				t.Errorf("the message says that %d are off the server, which has %d of %d\n%s", off, left, crashJobs, r.stderr)
			}
			checkAll(t, c.queue, crashJobs, false, inArchive(t, path), inQueue(t, addr, c.queue))
			os.Remove(path)
		})
	}
}
