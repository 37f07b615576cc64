package commandtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk"
)

// Exit codes of commands that no test wants.
const (
	notEnded  = -2 // it had not come to its end after endTime
	notClosed = -3 // it left connections open: in a daemon they would become more and more
)

// leftOpen says which connections a command has left open.
func leftOpen(argv, servers []string) string {
	return fmt.Sprintf("gearctl %q has left connections open to %v\n", argv, servers)
}

// Run is the outcome of a command line that ran in the process of the test.
type Run struct {
	Stdout, Stderr string
	Code           int
}

// Env returns the environment of this process without a terminal, on a host named testhost.
func Env() *cli.Env {
	return &cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: cli.Terminal{Size: func() (int, int) { return 80, 24 }},
		Getenv:   os.Getenv, Environ: os.Environ(), Hostname: func() (string, error) { return "testhost", nil }, Now: time.Now, Version: "test", Build: func() string { return "commit 0123456789ab, 2026-11-30, go1.26.8" },
		Executable: func() (string, error) { return exec.LookPath("gearctl") }, // of the scripts
	}
}

// Gearctl runs a command line with stdin and without a terminal. Of the environment it sees GEARCTL_* and GEARMAN_*
// only.
func Gearctl(t testing.TB, stdin string, argv ...string) Run {
	t.Helper()
	return GearctlContext(t.Context(), strings.NewReader(stdin), argv...)
}

// GearctlContext is Gearctl with a context.
func GearctlContext(ctx context.Context, stdin io.Reader, argv ...string) Run {
	return GearctlEnv(ctx, stdin, func(e *cli.Env) { e.Getenv = gearmanVariable }, argv...)
}

// GearctlEnv is GearctlContext without environment variables; change, if not nil, changes its Env. A command that does not
// end is interrupted after endTime; then stderr says so and no test wants its exit code, as after one that leaves connections open.
func GearctlEnv(ctx context.Context, stdin io.Reader, change func(*cli.Env), argv ...string) Run {
	var stdout, stderr servertest.Buffer
	env := Env()
	env.Stdin, env.Stdout, env.Stderr = stdin, &stdout, &stderr
	env.Getenv = func(string) string { return "" }
	if change != nil {
		change(env)
	}
	var conns servertest.Connections
	env.NetDial = conns.Counted(env.NetDial)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan int, 1)
	go func() {
		code := notEnded
		defer func() { ended <- code }() // also when a function of env ends the test
		code = commands.Main(ctx, env, argv)
	}()
	limit := time.NewTimer(endTime)
	if time.Now().Year() == 2000 { // the clock of a synctest bubble, which finds by itself what waits for ever
		limit.Stop()
	}
	defer limit.Stop()
	select {
	case code := <-ended:
		if slices.Contains(argv, "health") { // which ends at its time limit, whatever a server has yet to answer
			return Run{stdout.String(), stderr.String(), code}
		}
		if left := conns.Left(); len(left) > 0 && code != notEnded {
			return Run{stdout.String(), leftOpen(argv, left) + stderr.String(), notClosed}
		}
		return Run{stdout.String(), stderr.String(), code}
	case <-limit.C:
	}
	cancel(Interrupted)
	select {
	case <-ended:
	case <-time.After(servertest.Timeout / 2):
	}
	return Run{stdout.String(), fmt.Sprintf("gearctl %q has not ended after %v\n%s", argv, endTime, stderr.String()), notEnded}
}

// OnTerminal runs a command line on a simulated terminal with answer as input.
func OnTerminal(t testing.TB, answer string, argv ...string) Run {
	t.Helper()
	return GearctlEnv(t.Context(), strings.NewReader(answer), func(e *cli.Env) {
		e.Getenv = gearmanVariable
		e.Terminal.Stdin, e.Terminal.Stdout, e.Terminal.Stderr = true, true, true
	}, argv...)
}

// OnDisk runs a command line with d as its file system.
func OnDisk(t testing.TB, d disk.FS, argv ...string) Run {
	t.Helper()
	return GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) { e.Disk = d }, argv...)
}

// gearmanVariable is os.Getenv for GEARCTL_* and GEARMAN_* only.
func gearmanVariable(name string) string {
	if strings.HasPrefix(name, "GEARCTL_") || strings.HasPrefix(name, "GEARMAN_") {
		return os.Getenv(name)
	}
	return ""
}
