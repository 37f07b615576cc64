package compat_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestLikeTheInstalledTools runs Debian's gearadmin and gearman and ours on one server: stdout is the same byte for byte, and
// so is the exit code. stderr is the same where stderr is true.
func TestLikeTheInstalledTools(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	prepare(t, addr)
	for _, c := range []struct {
		tool, line, stdin string
		stderr            bool
	}{
		{"gearadmin", "-p {port} --status", "", true},
		{"gearadmin", "-h{host} -p{port} --stat", "", true},
		{"gearadmin", "-p {port} --workers", "", true},
		{"gearadmin", "-p {port} --priority-status", "", true},
		{"gearadmin", "-p {port} --show-jobs", "", true},
		{"gearadmin", "-p {port} --show-unique-jobs", "", true},
		{"gearadmin", "-p {port} --server-version --server-verbose --getpid", "", true},
		{"gearadmin", "-p {port} --create-function idle", "", true},
		{"gearadmin", "-p {port} --drop-function none", "", true},
		{"gearadmin", "-p {port} --cancel-job H:none:9", "", true},
		{"gearadmin", "-h nowhere.invalid -p {port} --status", "", true},
		{"gearman", "-p {port} -f full -b one", "", true},
		{"gearman", "-p {port} -f busy hello", "", true},
		{"gearman", "-p {port} -f busy -P hello world", "", true},
		{"gearman", "-p {port} -f busy -I", "all\nof it\n", true},
		{"gearman", "-p {port} -f busy -s", "not read", true},
		{"gearman", "-p {port} -f busy -n", "a\nb\n", true},
		{"gearman", "-p {port} -f busy -N -P", "a\nb\n", true},
		{"gearman", "-p {port} -f broken -P hello", "", true},
		{"gearman", "-p {port} -f broken -f busy hello", "", true},
		{"gearman", "-p {port}", "", false},
	} {
		theirs := runTool(t, gearmandtest.Require(t, c.tool), c.stdin, fill(t, c.line, addr)...)
		ours := old(t, c.stdin, c.tool, fill(t, c.line, addr)...)
		if c.tool == "gearadmin" && strings.Contains(c.line, "workers") { // each sees itself
			self := regexp.MustCompile(`(?m)^\d+ 127\.0\.0\.1 - :\n`)
			theirs.Stdout, ours.Stdout = self.ReplaceAllString(theirs.Stdout, ""), self.ReplaceAllString(ours.Stdout, "")
		}
		if ours.Stdout != theirs.Stdout || ours.Code != theirs.Code {
			t.Errorf("%s %s: exit code %d and\n%q\nwant %d and\n%q", c.tool, c.line, ours.Code, ours.Stdout, theirs.Code, theirs.Stdout)
		}
		if c.stderr && ours.Stderr != theirs.Stderr {
			t.Errorf("%s %s: stderr %q, want %q", c.tool, c.line, ours.Stderr, theirs.Stderr)
		}
	}
}

// TestWorkersLikeTheInstalledOne has the same jobs done by gearman and by ours.
func TestWorkersLikeTheInstalledOne(t *testing.T) {
	t.Parallel()
	gearman := gearmandtest.Require(t, "gearman")
	addr := gearmandtest.Start(t)
	for _, line := range []string{
		"-p {port} -w -f q -c 3",
		"-p {port} -w -f q -f r -c 3",
		"-p {port} -w -f q -c 3 -- cat",
	} {
		fillQueue := func() {
			commandtest.WantRun(t, commandtest.Gearctl(t, "one\n\nthree\n", "-s", addr, "submit", "-b", "-l", "q"), 0)
		}
		fillQueue()
		theirs := runTool(t, gearman, "", fill(t, line, addr)...)
		servertest.WaitTotal(t, addr, "q", 0)
		fillQueue()
		ours := old(t, "", "gearman", fill(t, line, addr)...)
		servertest.WaitTotal(t, addr, "q", 0)
		if ours.Stdout != theirs.Stdout || ours.Code != theirs.Code {
			t.Errorf("%s: exit code %d and %q, want %d and %q", line, ours.Code, ours.Stdout, theirs.Code, theirs.Stdout)
		}
	}
}

func runTool(t *testing.T, path, stdin string, args ...string) commandtest.Run {
	t.Helper()
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return commandtest.Run{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
}
