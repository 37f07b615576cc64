package commands_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// crashJobs is how many jobs the queues of these tests hold.
const crashJobs = 20_000

// endAt runs gearctl and sends it a signal when reached says so. It returns its exit code, -1 when it was killed, and
// its stderr.
func endAt(t testing.TB, sig syscall.Signal, reached func() bool, argv ...string) (int, string) {
	t.Helper()
	cmd := exec.Command(commandtest.Binary(t), argv...)
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
	for late := time.After(4 * waittest.Limit); ; {
		select {
		case <-ended:
			return cmd.ProcessState.ExitCode(), stderr.String()
		case <-late:
			cmd.Process.Kill()
			t.Fatalf("gearctl %q has neither come to its moment nor ended; stderr %q", argv, stderr.String())
		default:
		}
		if reached() {
			cmd.Process.Signal(sig)
			waittest.Receive(t, "gearctl ends after "+sig.String(), ended)
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
	return func() bool { return begun() && servertest.Queue(t, addr, queue).Waiting() < left }
}

// TestSoakKilledArchive kills and interrupts drains into archives: archive and queue hold every job, and replayed from
// the archives of the killed drain and of the next each job is there once.
func TestSoakKilledArchive(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t, "--threads=2")
	for round := range commandtest.CrashRounds {
		for _, c := range []struct {
			sig  syscall.Signal
			name string
			more []string
		}{
			{syscall.SIGKILL, "kill", nil},
			{syscall.SIGKILL, "killgz", nil},
			{syscall.SIGKILL, "killzst", []string{"--max", fmt.Sprint(crashJobs)}},
			{syscall.SIGKILL, "killmax", []string{"--max", fmt.Sprint(crashJobs)}},
			{syscall.SIGTERM, "term", nil},
		} {
			dir, queue := t.TempDir(), fmt.Sprintf("%s%d", c.name, round)
			first, second := filepath.Join(dir, "first.jsonl"), filepath.Join(dir, "second.jsonl")
			switch c.name {
			case "killgz":
				first += ".gz"
			case "killzst":
				first += ".zst"
			}
			commandtest.FillQueue(t, addr, queue, crashJobs)
			argv := append([]string{"-s", addr, "drain", queue, "--yes", "--to", first}, c.more...)
			code, stderr := endAt(t, c.sig, randomMoment(t, addr, queue, first), argv...)
			if c.sig == syscall.SIGTERM && code != commandtest.ExitInterrupted && code != commandtest.ExitOK {
				t.Errorf("SIGTERM: exit code %d\n%s", code, stderr)
			}
			archived := servertest.Archived(t, first)
			if r := commandtest.Gearctl(t, "", "-s", addr, "drain", queue, "--yes", "--to", second); r.Code != 0 {
				t.Fatal(r.Stderr)
			}
			servertest.CheckAll(t, queue, crashJobs, false, archived, servertest.Archived(t, second))
			var files []string
			for _, f := range []string{second, first} { // there is none of a drain that took nothing
				if _, err := os.Stat(f); err == nil {
					files = append(files, f)
				}
			}
			if r := commandtest.Gearctl(t, "", append([]string{"-s", addr, "replay"}, files...)...); r.Code != 0 {
				t.Errorf("replay: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
			}
			servertest.CheckAll(t, queue+" replayed", crashJobs, true, commandtest.InQueue(t, addr, queue))
		}
	}
}

// TestServerStopsDuringArchive kills gearmand in the middle of a drain into an archive: what is in the archive is told,
// and with the jobs that a server on disk would still have it is all of them.
func TestServerStopsDuringArchive(t *testing.T) {
	t.Parallel()
	p := gearmandtest.StartProcess(t, "--threads=2")
	commandtest.FillQueue(t, p.Addr, "q", crashJobs)
	path := filepath.Join(t.TempDir(), "jobs.jsonl")
	var assigned atomic.Int64
	via := servertest.RelayPackets(t, p.Addr, func(wire.Packet) {}, func(packet wire.Packet) {
		if packet.Type == wire.JobAssignUniq && assigned.Add(1) == crashJobs/2 {
			p.Kill()
		}
	})
	r := commandtest.Gearctl(t, "", "-s", via, "--timeout", "5s", "drain", "q", "--yes", "--to", path)
	if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "0 jobs are in "+path+" and off the server") {
		t.Errorf("exit code %d, stderr %q", r.Code, r.Stderr)
	}
}

// TestFullDisk drains onto a disk that fills up: what was not acknowledged is back in the queue, and the message says
// how many are where.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := servertest.SmallDisk(t)
	addr := gearmandtest.Start(t, "--threads=2")
	for _, c := range []struct {
		queue, file string
		noise       int // bytes that others have on the disk
		more        []string
	}{
		{"plain", "plain.jsonl", 300_000, nil},
		{"gz", "gz.jsonl.gz", 900_000, nil},
		{"window", "window.jsonl", 300_000, []string{"--max", fmt.Sprint(crashJobs)}},
		{"rotate", "rotate-%Y.jsonl", 300_000, []string{"--rotate", "100K"}},
		{"rotate-gz", "rotate-gz.jsonl.gz", 900_000, []string{"--rotate", "20K"}},
		{"rotate-window", "rotate-window.jsonl", 300_000, []string{"--rotate", "100K", "--max", fmt.Sprint(crashJobs)}},
	} {
		t.Run(c.queue, func(t *testing.T) {
			path := filepath.Join(dir, c.file)
			commandtest.FillQueue(t, addr, c.queue, crashJobs)
			if err := os.WriteFile(filepath.Join(dir, "noise"), make([]byte, c.noise), 0o600); err != nil {
				t.Fatal(err)
			}
			r := commandtest.Gearctl(t, "", append([]string{"-s", addr, "drain", c.queue, "--yes", "--to", path}, c.more...)...)
			if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "no space left on device") || !strings.Contains(r.Stderr, "were requeued") {
				t.Errorf("exit code %d, stderr %q", r.Code, r.Stderr)
			}
			left := servertest.Queue(t, addr, c.queue).Waiting()
			_, text, _ := strings.Cut(r.Stderr, "no space left on device: ")
			var off int64
			fmt.Sscan(strings.ReplaceAll(strings.Fields(text + " -")[0], ",", ""), &off)
			if off+left != crashJobs {
				t.Errorf("the message says that %d are off the server, which has %d of %d\n%s", off, left, crashJobs, r.Stderr)
			}
			files, _ := filepath.Glob(filepath.Join(dir, c.queue+"*"))
			places := []map[string]int{commandtest.InQueue(t, addr, c.queue)}
			for _, file := range files {
				places = append(places, servertest.Archived(t, file))
				os.Remove(file)
			}
			servertest.CheckAll(t, c.queue, crashJobs, false, places...)
		})
	}
}
