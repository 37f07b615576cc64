package commands_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestSoakInterruptedDrain ends a drain in its middle, by SIGKILL, SIGTERM and a reader that goes away: what it wrote and
// what is still in the queue are all jobs, each time.
func TestSoakInterruptedDrain(t *testing.T) {
	t.Parallel()
	for _, server := range []struct {
		name  string
		start func(testing.TB) string
	}{
		{"embedded", servertest.Embedded},
		{"gearmand", func(t testing.TB) string { return gearmandtest.Start(t, "--threads=2") }},
	} {
		t.Run(server.name, func(t *testing.T) {
			addr := server.start(t)
			for round := range commandtest.CrashRounds {
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
	fill := commandtest.Gearctl(t, servertest.Numbers(jobs), "-s", addr, "submit", "-b", "-l", queue)
	if fill.Code != 0 {
		t.Fatal(fill.Stderr)
	}
	cmd := exec.Command(commandtest.Binary(t), "-s", addr, "drain", queue, "--yes", "-o", "raw", "--max", fmt.Sprint(jobs))
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
	if code := cmd.ProcessState.ExitCode(); sig == syscall.SIGTERM && code != commandtest.ExitInterrupted && len(seen) < jobs {
		t.Errorf("after SIGTERM: exit code %d, want %d\n%s", code, commandtest.ExitInterrupted, stderr.String())
	}
	servertest.Until(t, "the server notices that the drain is gone", func() bool { return servertest.Queue(t, addr, queue).Running == 0 })
	rest := commandtest.Gearctl(t, "", "-s", addr, "drain", queue, "--yes", "-o", "raw")
	if sig == syscall.SIGPIPE {
		readerGone(t, stderr.String(), jobs, strings.Count(rest.Stdout, "\n"))
		return // what was in the pipe went with its reader
	}
	for line := range strings.Lines(rest.Stdout) {
		seen[strings.TrimSuffix(line, "\n")]++
	}
	lost := 0
	for n := range jobs {
		if seen[fmt.Sprint(n)] == 0 {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%s: %d of %d jobs are neither written nor in the queue (%d seen)\n%s%s", queue, lost, jobs, len(seen), stderr.String(), rest.Stderr)
	}
}

// readerGone checks that what the message says was drained, and what the queue still had, are all jobs.
func readerGone(t *testing.T, stderr string, jobs, rest int) {
	t.Helper()
	if stderr == "" && rest == 0 {
		return // all had been written before the reader went
	}
	var drained int
	_, after, _ := strings.Cut(stderr, "the reader of the output closed the pipe: ")
	if _, err := fmt.Sscanf(after, "%d jobs were drained", &drained); err != nil || drained+rest != jobs {
		t.Errorf("of %d jobs the queue has %d; stderr says %q", jobs, rest, stderr)
	}
}

// TestDrainOfAStoppedServer stops the server in the middle of a drain: an error within the timeout, that says what was
// done.
func TestDrainOfAStoppedServer(t *testing.T) {
	t.Parallel()
	p := gearmandtest.StartProcess(t, "--threads=2")
	if r := commandtest.Gearctl(t, servertest.Numbers(30_000), "-s", p.Addr, "submit", "-b", "-l", "q"); r.Code != 0 {
		t.Fatal(r.Stderr)
	}
	cmd := exec.Command(commandtest.Binary(t), "-s", p.Addr, "--timeout", "2s", "drain", "q", "--yes", "-o", "raw", "--max", "30000")
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
		if n == 5_000 {
			p.Kill()
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != commandtest.ExitFailed {
		t.Errorf("exit code %d, want %d", code, commandtest.ExitFailed)
	}
	if !strings.Contains(stderr.String(), "drain queue q") || !strings.Contains(stderr.String(), "jobs were drained") {
		t.Errorf("stderr says %q", stderr.String())
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}
