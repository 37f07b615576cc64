package commandtest

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servertest"
)

// Command is a gearctl that runs in the background of a test.
type Command struct {
	TB             testing.TB
	argv           []string
	Stdout, Stderr servertest.Buffer
	Code           int // valid after Wait
	hangups        chan os.Signal
	cancel, abort  context.CancelFunc
	done           chan struct{}
}

// Start starts gearctl; it is interrupted when the test ends.
func Start(t testing.TB, argv ...string) *Command {
	t.Helper()
	return StartEnv(t, func(*cli.Env) {}, argv...)
}

// StartEnv is Start with a changed Env.
func StartEnv(t testing.TB, change func(*cli.Env), argv ...string) *Command {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	ctx, abort := commands.WithAbort(ctx)
	c := &Command{TB: t, argv: argv, cancel: func() { cancel(Interrupted) }, abort: abort, done: make(chan struct{}), hangups: make(chan os.Signal, 1)}
	env := Env()
	env.Hangups = func() (<-chan os.Signal, func()) { return c.hangups, func() {} }
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &c.Stdout, &c.Stderr
	env.Getenv = func(string) string { return "" }
	change(env)
	var conns servertest.Connections
	env.NetDial = conns.Counted(env.NetDial)
	go func() {
		defer close(c.done)
		c.Code = commands.Main(ctx, env, argv)
		if left := conns.Left(); len(left) > 0 {
			t.Error(leftOpen(argv, left))
		}
	}()
	t.Cleanup(func() { c.Stop() })
	return c
}

// Interrupt stops the command as SIGINT does, without waiting for its end.
func (c *Command) Interrupt() { c.cancel() }

// Abort stops the command as a second SIGINT does, without waiting for its end.
func (c *Command) Abort() { c.abort() }

// HangUp tells the command of SIGHUP.
func (c *Command) HangUp() { c.hangups <- syscall.SIGHUP }

// Stop interrupts the command and returns its exit code.
func (c *Command) Stop() int {
	c.Interrupt()
	return c.Wait()
}

// Wait waits for the command to end and returns its exit code; the test fails if that takes too long.
func (c *Command) Wait() int {
	c.TB.Helper()
	select {
	case <-c.done:
		return c.Code
	case <-time.After(endTime):
		c.TB.Fatalf("gearctl %q has not ended after %v; stdout %q, stderr %q", c.argv, endTime, c.Stdout.String(), c.Stderr.String())
		return -1
	}
}

// WaitStderr waits until stderr contains text n times.
func (c *Command) WaitStderr(text string, n int) {
	c.TB.Helper()
	servertest.Until(c.TB, "stderr contains "+text, func() bool { return strings.Count(c.Stderr.String(), text) >= n })
}
