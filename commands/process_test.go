package commands

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func mustRun(t *testing.T, p *process) *processResult {
	t.Helper()
	p.now, p.env = time.Now, os.Environ()
	r, err := runProcess(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sh(script string) []string { return []string{"sh", "-c", script} }

func TestProcessStreams(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // a MiB: more than a pipe holds, both ways
	if r := mustRun(t, &process{argv: []string{"cat"}, stdin: big}); !bytes.Equal(r.stdout, big) || r.code != 0 {
		t.Errorf("cat gave %d of %d bytes, code %d", len(r.stdout), len(big), r.code)
	}
	r := mustRun(t, &process{argv: sh("echo out; echo err >&2; exit 7")})
	if string(r.stdout) != "out\n" || string(r.stderr) != "err\n" || r.code != 7 {
		t.Errorf("got %q, %q, code %d", r.stdout, r.stderr, r.code)
	}
	if r := mustRun(t, &process{argv: sh("exit 0"), stdin: big}); r.code != 0 {
		t.Errorf("a command that does not read its stdin: code %d", r.code)
	}
	var parts []string
	r = mustRun(t, &process{argv: sh("echo one; sleep 0.05; echo two"), stdout: func(b []byte) error {
		parts = append(parts, string(b))
		return nil
	}})
	if strings.Join(parts, "|") != "one\n|two\n" || r.stdout != nil {
		t.Errorf("streamed %q, kept %q", parts, r.stdout)
	}
}

func TestProcessLimits(t *testing.T) {
	r := mustRun(t, &process{argv: sh("head -c 1000000 /dev/zero; echo x >&2"), limit: 1000})
	if len(r.stdout) != 1000 || !r.overLimit || r.code != 0 || string(r.stderr) != "x\n" {
		t.Errorf("kept %d bytes, over %v, code %d", len(r.stdout), r.overLimit, r.code)
	}
	r = mustRun(t, &process{argv: sh("yes"), limit: 1000, killAtLimit: true})
	if r.signal != syscall.SIGTERM || !r.overLimit {
		t.Errorf("yes ended by %v, over %v", r.signal, r.overLimit)
	}
	broken := errors.New("broken")
	r = mustRun(t, &process{argv: sh("yes"), stdout: func([]byte) error { return broken }})
	if !errors.Is(r.err, broken) || r.signal == 0 {
		t.Errorf("err %v, signal %v", r.err, r.signal)
	}
}

func TestProcessTimeout(t *testing.T) {
	r := mustRun(t, &process{argv: sh("sleep 60"), timeout: 50 * time.Millisecond})
	if !r.timedOut || r.signal != syscall.SIGTERM || r.took > killGrace {
		t.Errorf("timed out %v, signal %v, took %v", r.timedOut, r.signal, r.took)
	}
	r = mustRun(t, &process{argv: sh("trap '' TERM; sleep 60 & sleep 60; sleep 60"), timeout: 50 * time.Millisecond})
	if !r.timedOut || r.signal != syscall.SIGKILL {
		t.Errorf("a command that ignores SIGTERM: timed out %v, signal %v", r.timedOut, r.signal)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := runProcess(ctx, &process{now: time.Now, argv: sh("sleep 60")}); err != nil || r.signal != syscall.SIGTERM || r.timedOut {
		t.Errorf("ended context: %v, %+v", err, r)
	}
}

// TestProcessGroup looks for the children of a command that was killed.
func TestProcessGroup(t *testing.T) {
	r := mustRun(t, &process{argv: sh("sleep 61 & echo $!; wait"), timeout: 300 * time.Millisecond})
	pid := strings.TrimSpace(string(r.stdout))
	if pid == "" {
		t.Fatal("no child")
	}
	for deadline := time.Now().Add(5 * time.Second); running(pid); {
		if time.Now().After(deadline) {
			t.Fatalf("child %s is still there", pid)
		}
	}
}

// TestProcessStrays looks for children that left the process group, as daemons do, also by way of a parent that ended.
func TestProcessStrays(t *testing.T) {
	start := `setsid sleep 61 >/dev/null 2>&1 & echo $!
		env -i setsid sleep 62 >/dev/null 2>&1 & echo $!
		(setsid sh -c 'echo $$; exec sleep 63 >/dev/null 2>&1' &)
		(trap '' TERM; setsid sh -c 'echo $$; exec sleep 64 >/dev/null 2>&1' &)
	`
	r := mustRun(t, &process{argv: sh(start + "sleep 65"), timeout: 500 * time.Millisecond})
	pids := strings.Fields(string(r.stdout))
	if len(pids) != 4 || !r.timedOut {
		t.Fatalf("children %v, timed out %v", pids, r.timedOut)
	}
	for deadline := time.Now().Add(5 * time.Second); slices.ContainsFunc(pids, running); {
		if time.Now().After(deadline) {
			t.Fatalf("after the timeout some of %v are still there", pids)
		}
	}
	r = mustRun(t, &process{argv: sh("(setsid sh -c 'echo $$; exec sleep 66 >/dev/null 2>&1' &) ; sleep 0.1"), timeout: time.Minute})
	daemon, err := strconv.Atoi(strings.TrimSpace(string(r.stdout)))
	if err != nil || !running(strconv.Itoa(daemon)) {
		t.Fatalf("a command that ended in time: its daemon %q does not run", r.stdout)
	}
	syscall.Kill(daemon, syscall.SIGKILL)
}

// running reports whether a process is there and no zombie.
func running(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestProcessClosedOutput(t *testing.T) {
	r := mustRun(t, &process{argv: sh("exec >&- 2>&-; sleep 0.1; exit 3")})
	if r.code != 3 {
		t.Errorf("code %d", r.code)
	}
	r = mustRun(t, &process{argv: sh("sleep 60 & echo parent")})
	if string(r.stdout) != "parent\n" || r.took > 10*time.Second {
		t.Errorf("stdout %q after %v", r.stdout, r.took)
	}
}

func TestProcessCannotStart(t *testing.T) {
	for name, want := range map[string]string{
		"nosuchcommand":  `start "nosuchcommand": not found in PATH`,
		"/no/such/thing": `start "/no/such/thing": no such file or directory`,
		"/etc/passwd":    `start "/etc/passwd": permission denied`,
	} {
		if _, err := runProcess(t.Context(), &process{now: time.Now, argv: []string{name}}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
