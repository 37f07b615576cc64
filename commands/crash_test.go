package commands

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// gearctlDir is where gearctlBinary built gearctl; empty: it did not.
var gearctlDir string

// gearctlBinary builds gearctl once for the tests that kill it.
var gearctlBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gearctl-test")
	if err != nil {
		return "", err
	}
	gearctlDir = dir
	path := filepath.Join(dir, "gearctl")
	out, err := exec.Command("go", "build", "-o", path, "../cmd/gearctl").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func builtGearctl(t testing.TB) string {
	t.Helper()
	path, err := gearctlBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// embeddedServer starts the embedded job server until the test ends.
func embeddedServer(t testing.TB) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- jobserver.New(jobserver.Options{}).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return l.Addr().String()
}

// TestSoakInterruptedDrain ends a drain in its middle, by SIGKILL, SIGTERM and a reader that goes away: what it wrote and
// what is still in the queue are all jobs, each time.
func TestSoakInterruptedDrain(t *testing.T) {
	for _, server := range []struct {
		name  string
		start func(testing.TB) string
	}{
		{"embedded", embeddedServer},
		{"gearmand", func(t testing.TB) string { return gearmandtest.Start(t, "--threads=2") }},
	} {
		t.Run(server.name, func(t *testing.T) {
			addr := server.start(t)
			for round := range crashRounds {
				for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGPIPE} {
					interruptedDrain(t, addr, fmt.Sprintf("q%d-%v", round, sig), sig)
				}
			}
		})
	}
}

func interruptedDrain(t *testing.T, addr, queue string, sig syscall.Signal) {
	t.Helper()
	const jobs = 30_000
	queue = strings.ReplaceAll(queue, " ", "-")
	fill := gearctl(t, numbers(jobs), "-s", addr, "submit", "-b", "-l", queue)
	if fill.code != 0 {
		t.Fatal(fill.stderr)
	}
	cmd := exec.Command(builtGearctl(t), "-s", addr, "drain", queue, "--yes", "-o", "raw", "--max", fmt.Sprint(jobs))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	lines := bufio.NewScanner(stdout)
	for stopAt := 1 + rand.IntN(jobs-1); lines.Scan(); {
		seen[lines.Text()]++
		if len(seen) == stopAt {
			if sig == syscall.SIGPIPE {
				break
			}
			cmd.Process.Signal(sig)
		}
	}
	stdout.Close()
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); sig == syscall.SIGTERM && code != exitInterrupted && len(seen) < jobs {
		t.Errorf("after SIGTERM: exit code %d, want %d\n%s", code, exitInterrupted, stderr.String())
	}
	rest := gearctl(t, "", "-s", addr, "drain", queue, "--yes", "-o", "raw")
	if sig == syscall.SIGPIPE {
		readerGone(t, stderr.String(), jobs, strings.Count(rest.stdout, "\n"))
		return // what was in the pipe went with its reader
	}
	for line := range strings.Lines(rest.stdout) {
		seen[strings.TrimSuffix(line, "\n")]++
	}
	lost := 0
	for n := range jobs {
		if seen[fmt.Sprint(n)] == 0 {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%s: %d of %d jobs are neither written nor in the queue (%d seen)\n%s%s", queue, lost, jobs, len(seen), stderr.String(), rest.stderr)
	}
}

// readerGone checks that what the message says was drained, and what the queue still had, are all jobs.
func readerGone(t *testing.T, stderr string, jobs, rest int) {
	t.Helper()
	if stderr == "" && rest == 0 {
		return // all had been written before the reader went
	}
	var drained int
	_, after, _ := strings.Cut(stderr, "the reader of the output went away: ")
	if _, err := fmt.Sscanf(after, "%d jobs were drained", &drained); err != nil || drained+rest != jobs {
		t.Errorf("of %d jobs the queue has %d; stderr says %q", jobs, rest, stderr)
	}
}

// numbers returns lines from 0 to n-1.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, i)
	}
	return b.String()
}

// TestDrainOfAStoppedServer stops the server in the middle of a drain: an error within the timeout, that says what was
// done.
func TestDrainOfAStoppedServer(t *testing.T) {
	p := gearmandtest.StartProcess(t, "--threads=2")
	if r := gearctl(t, numbers(50_000), "-s", p.Addr, "submit", "-b", "-l", "q"); r.code != 0 {
		t.Fatal(r.stderr)
	}
	cmd := exec.Command(builtGearctl(t), "-s", p.Addr, "--timeout", "2s", "drain", "q", "--yes", "-o", "raw", "--max", "50000")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for n := 0; lines.Scan(); n++ {
		if n == 10_000 {
			p.Kill()
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	if !strings.Contains(stderr.String(), "drain queue q") || !strings.Contains(stderr.String(), "jobs were drained") {
		t.Errorf("stderr says %q", stderr.String())
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}
