package process

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

func mustRun(t *testing.T, p *Command) *Result {
	t.Helper()
	p.Now, p.Env = time.Now, os.Environ()
	r, err := Run(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sh(script string) []string { return []string{"sh", "-c", script} }

func TestProcessStreams(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // a MiB: more than a pipe holds, both ways
	if r := mustRun(t, &Command{Argv: []string{"cat"}, Stdin: big}); !bytes.Equal(r.Stdout, big) || r.Code != 0 {
		t.Errorf("cat gave %d of %d bytes, code %d", len(r.Stdout), len(big), r.Code)
	}
	r := mustRun(t, &Command{Argv: sh("echo out; echo err >&2; exit 7")})
	if string(r.Stdout) != "out\n" || string(r.Stderr) != "err\n" || r.Code != 7 {
		t.Errorf("got %q, %q, code %d", r.Stdout, r.Stderr, r.Code)
	}
	if r := mustRun(t, &Command{Argv: sh("exit 0"), Stdin: big}); r.Code != 0 {
		t.Errorf("a command that does not read its stdin: code %d", r.Code)
	}
	if r := mustRun(t, &Command{Argv: sh("test -p /dev/stdin && cat")}); r.Code != 0 || len(r.Stdout) != 0 {
		t.Errorf("without input stdin is no empty pipe: code %d, %q", r.Code, r.Stdout)
	}
	var parts []string
	r = mustRun(t, &Command{Argv: sh("echo one; sleep 0.05; echo two"), Stdout: func(b []byte) error {
		parts = append(parts, string(b))
		return nil
	}})
	if strings.Join(parts, "|") != "one\n|two\n" || r.Stdout != nil {
		t.Errorf("streamed %q, kept %q", parts, r.Stdout)
	}
}

func TestProcessLimits(t *testing.T) {
	t.Parallel()
	r := mustRun(t, &Command{Argv: sh("head -c 1000000 /dev/zero; echo x >&2"), Limit: 1000})
	if len(r.Stdout) != 1000 || !r.OverLimit || r.Code != 0 || string(r.Stderr) != "x\n" {
		t.Errorf("kept %d bytes, over %v, code %d", len(r.Stdout), r.OverLimit, r.Code)
	}
	r = mustRun(t, &Command{Argv: sh("yes"), Limit: 1000, KillAtLimit: true})
	if r.Signal != syscall.SIGTERM || !r.OverLimit {
		t.Errorf("yes ended by %v, over %v", r.Signal, r.OverLimit)
	}
	broken := errors.New("broken")
	r = mustRun(t, &Command{Argv: sh("yes"), Stdout: func([]byte) error { return broken }})
	if !errors.Is(r.StdoutErr, broken) || r.Signal == 0 {
		t.Errorf("err %v, signal %v", r.StdoutErr, r.Signal)
	}
}

func TestProcessTimeout(t *testing.T) {
	t.Parallel()
	r := mustRun(t, &Command{Argv: sh("sleep 60"), Timeout: 50 * time.Millisecond})
	if !r.TimedOut || r.Signal != syscall.SIGTERM || r.Took > KillGrace {
		t.Errorf("timed out %v, signal %v, took %v", r.TimedOut, r.Signal, r.Took)
	}
	r = mustRun(t, &Command{Argv: sh("trap '' TERM; sleep 60 & sleep 60; sleep 60"), Timeout: 50 * time.Millisecond})
	if !r.TimedOut || r.Signal != syscall.SIGKILL {
		t.Errorf("a command that ignores SIGTERM: timed out %v, signal %v", r.TimedOut, r.Signal)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Run(ctx, &Command{Now: time.Now, Argv: sh("sleep 60")}); err != nil || r.Signal != syscall.SIGTERM || r.TimedOut {
		t.Errorf("ended context: %v, %+v", err, r)
	}
}

// TestProcessGroup looks for the children of a command that was killed.
func TestProcessGroup(t *testing.T) {
	t.Parallel()
	r := mustRun(t, &Command{Argv: sh("sleep 61 & echo $!; wait"), Timeout: 4 * time.Second})
	pid := strings.TrimSpace(string(r.Stdout))
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
	t.Parallel()
	start := `setsid sleep 61 >/dev/null 2>&1 & echo $!
		env -i setsid sleep 62 >/dev/null 2>&1 & echo $!
		(setsid sh -c 'echo $$; exec sleep 63 >/dev/null 2>&1' &)
		(trap '' TERM; setsid sh -c 'echo $$; exec sleep 64 >/dev/null 2>&1' &)
	`
	r := mustRun(t, &Command{Argv: sh(start + "sleep 65"), Timeout: 4 * time.Second})
	pids := strings.Fields(string(r.Stdout))
	if len(pids) != 4 || !r.TimedOut {
		t.Fatalf("children %v, timed out %v", pids, r.TimedOut)
	}
	for deadline := time.Now().Add(5 * time.Second); slices.ContainsFunc(pids, running); {
		if time.Now().After(deadline) {
			t.Fatalf("after the timeout some of %v are still there", pids)
		}
	}
	r = mustRun(t, &Command{Argv: sh("(setsid sh -c 'echo $$; exec sleep 66 >/dev/null 2>&1' &) ; sleep 0.1"), Timeout: time.Minute})
	daemon, err := strconv.Atoi(strings.TrimSpace(string(r.Stdout)))
	if err != nil || !running(strconv.Itoa(daemon)) {
		t.Fatalf("a command that ended in time: its daemon %q does not run", r.Stdout)
	}
	syscall.Kill(daemon, syscall.SIGKILL)
}

// running reports whether a process is there and no zombie.
func running(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestProcessClosedOutput(t *testing.T) {
	t.Parallel()
	r := mustRun(t, &Command{Argv: sh("exec >&- 2>&-; sleep 0.1; exit 3")})
	if r.Code != 3 {
		t.Errorf("code %d", r.Code)
	}
	r = mustRun(t, &Command{Argv: sh("sleep 60 & echo parent")})
	if string(r.Stdout) != "parent\n" || r.Took > 10*time.Second {
		t.Errorf("stdout %q after %v", r.Stdout, r.Took)
	}
}

func TestProcessCannotStart(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"nosuchcommand":  `start "nosuchcommand": not found in PATH`,
		"/no/such/thing": `start "/no/such/thing": no such file or directory`,
		"/etc/passwd":    `start "/etc/passwd": permission denied`,
	} {
		if _, err := Run(t.Context(), &Command{Now: time.Now, Argv: []string{name}}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
