// Gearctl is the operator's toolkit for Gearman job servers and Mod-Gearman. See README.md and gearctl --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"

	"gearctl/commands"
)

// version is set by the linker: -X main.version=1.2.3.
var version string

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	stopOnSignal(cancel) // first: until then SIGTERM ends the process without an exit code
	commands.TuneGC(os.Getenv)
	os.Exit(commands.Main(ctx, newEnv(), os.Args[1:]))
}

// stopOnSignal ends the context at the first SIGINT or SIGTERM and the process at the second. SIGPIPE becomes an
// error of the write, so that a drain can hand back what its reader did not get.
func stopOnSignal(cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		cancel(commands.Stopped(<-signals))
		<-signals
		os.Exit(130)
	}()
}

func newEnv() *commands.Env {
	env := &commands.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: commands.Terminal{
			Stdin:  term.IsTerminal(int(os.Stdin.Fd())),
			Stdout: term.IsTerminal(int(os.Stdout.Fd())),
			Stderr: term.IsTerminal(int(os.Stderr.Fd())),
			Size:   terminalSize,
		},
		Getenv: os.Getenv, Environ: os.Environ(), Hostname: os.Hostname, Now: time.Now, Version: buildVersion(),
	}
	if !hasTerminal() {
		env.Hangups = notifyHangups
	}
	return env
}

// hasTerminal reports whether the program was started from a terminal, whatever its streams are: then SIGHUP says that it is
// gone.
func hasTerminal() bool {
	f, err := os.Open("/dev/tty")
	if err == nil {
		f.Close()
	}
	return err == nil
}

func notifyHangups() (hangups <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// terminalSize returns 80 by 24 when no terminal tells better.
func terminalSize() (width, height int) {
	width, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}
