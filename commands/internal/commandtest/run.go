package commandtest

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk"
)

// Run is a command line that was run in the process of the test, and its outcome.
type Run struct {
	Stdout, Stderr string
	Code           int
}

// Env returns the environment of this process, without a terminal, on a host named testhost.
func Env() *cli.Env {
	return &cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: cli.Terminal{Size: func() (int, int) { return 80, 24 }},
		Getenv:   os.Getenv, Environ: os.Environ(), Hostname: func() (string, error) { return "testhost", nil }, Now: time.Now, Version: "test",
	}
}

// Gearctl runs a command line with stdin, without a terminal. Of the environment it sees the variables of Gearman.
func Gearctl(t testing.TB, stdin string, argv ...string) Run {
	t.Helper()
	return GearctlContext(t.Context(), strings.NewReader(stdin), argv...)
}

// GearctlContext is Gearctl until ctx ends.
func GearctlContext(ctx context.Context, stdin io.Reader, argv ...string) Run {
	return GearctlEnv(ctx, stdin, func(e *cli.Env) { e.Getenv = gearmanVariable }, argv...)
}

// GearctlEnv is GearctlContext without variables, in an environment that change, if not nil, has changed.
func GearctlEnv(ctx context.Context, stdin io.Reader, change func(*cli.Env), argv ...string) Run {
	var stdout, stderr servertest.Buffer
	env := Env()
	env.Stdin, env.Stdout, env.Stderr = stdin, &stdout, &stderr
	env.Getenv = func(string) string { return "" }
	if change != nil {
		change(env)
	}
	code := commands.Main(ctx, env, argv)
	return Run{stdout.String(), stderr.String(), code}
}

// OnTerminal runs a command line as on a terminal where somebody types answer.
func OnTerminal(t testing.TB, answer string, argv ...string) Run {
	t.Helper()
	return GearctlEnv(t.Context(), strings.NewReader(answer), func(e *cli.Env) {
		e.Getenv = gearmanVariable
		e.Terminal.Stdin, e.Terminal.Stdout, e.Terminal.Stderr = true, true, true
	}, argv...)
}

// OnDisk runs a command line whose files are on d.
func OnDisk(t testing.TB, d disk.FS, argv ...string) Run {
	t.Helper()
	return GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) { e.Disk = d }, argv...)
}

// gearmanVariable is the environment without what has nothing to do with Gearman.
func gearmanVariable(name string) string {
	if strings.HasPrefix(name, "GEARCTL_") || strings.HasPrefix(name, "GEARMAN_") {
		return os.Getenv(name)
	}
	return ""
}
