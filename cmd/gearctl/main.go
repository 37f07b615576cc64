// Gearctl is the operator's toolkit for Gearman job servers and Mod-Gearman. See README.md and gearctl --help.
package main

import (
	"cmp"
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"gearctl/commands"
)

// Set by the linker: -X main.version=1.2.3 -X main.commit=abcdef0 -X main.date=2026-11-30.
var version, commit, date string

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	ctx, abort := commands.WithAbort(ctx)
	var i interrupts
	i.stopOnSignal(cancel, abort) // first: until then SIGTERM ends the process without an exit code
	commands.TuneGC(os.Getenv)
	os.Exit(commands.Main(ctx, newEnv(&i), commandLine(os.Args)))
}

func newEnv(i *interrupts) *commands.Env {
	env := &commands.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: commands.Terminal{
			Stdin:  term.IsTerminal(int(os.Stdin.Fd())),
			Stdout: term.IsTerminal(int(os.Stdout.Fd())),
			Stderr: term.IsTerminal(int(os.Stderr.Fd())),
			Size:   terminalSize,
		},
		Interrupts: i.report,
		Getenv:     os.Getenv, Environ: os.Environ(), Hostname: os.Hostname, Now: time.Now, Version: release(), Build: build,
		SystemDir: "/etc/gearctl", Executable: os.Executable,
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

// release returns the version that the linker was told, else that of the module.
func release() string {
	if version != "" {
		return version
	}
	// This parses the list of all modules: a tenth of a millisecond, which a release does not spend.
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	return cmp.Or(version, "development")
}

// build returns all that is known of where the program comes from: commit, date and Go.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = cmp.Or(commit, s.Value)
			case "vcs.time":
				day, _, _ := strings.Cut(s.Value, "T")
				date = cmp.Or(date, day)
			}
		}
	}
	var known []string
	if commit != "" {
		known = append(known, "commit "+commit[:min(12, len(commit))])
	}
	if date != "" {
		known = append(known, date)
	}
	known = append(known, runtime.Version())
	return strings.Join(known, ", ")
}
