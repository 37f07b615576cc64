package commands

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"gearctl": scriptMain})
}

// tidy removes what gearctlBinary built.
type tidy struct{ *testing.M }

func (m tidy) Run() int {
	defer func() { os.RemoveAll(gearctlDir) }()
	return m.M.Run()
}

// scriptMain is the command gearctl of the scripts: Main as cmd/gearctl calls it, on pipes.
func scriptMain() {
	TuneGC()
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		cancel(Stopped(<-signals))
	}()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(Main(ctx, processEnv(), os.Args[1:]))
}

func processEnv() *Env {
	return &Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: Terminal{Size: func() (int, int) { return 80, 24 }},
		Getenv:   os.Getenv, Hostname: func() (string, error) { return "testhost", nil }, Now: time.Now, Version: "test",
	}
}

// gearmanVariable is the environment without what has nothing to do with Gearman.
func gearmanVariable(name string) string {
	if strings.HasPrefix(name, "GEARCTL_") || strings.HasPrefix(name, "GEARMAN_") {
		return os.Getenv(name)
	}
	return ""
}

// run is a command line that was run in this process, and what came of it.
type run struct {
	stdout, stderr string
	code           int
}

// gearctl runs a command line with stdin, away from any terminal.
func gearctl(t testing.TB, stdin string, argv ...string) run {
	t.Helper()
	return gearctlCtx(t.Context(), strings.NewReader(stdin), argv...)
}

func gearctlCtx(ctx context.Context, stdin io.Reader, argv ...string) run {
	var stdout, stderr bytes.Buffer
	env := processEnv()
	env.Stdin, env.Stdout, env.Stderr = stdin, &stdout, &lockedWriter{w: &stderr}
	env.Getenv = gearmanVariable
	code := Main(ctx, env, argv)
	return run{stdout.String(), stderr.String(), code}
}
