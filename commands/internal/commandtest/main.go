// Package commandtest runs gearctl in tests: in the process of the test, as a program, and from scripts.
//
// Only external test packages can import it, because it imports commands.
package commandtest

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gearctl/commands"
	"gearctl/commands/internal/servertest"
)

// Main must be called by TestMain of a package that uses RunScripts or Binary.
func Main(m *testing.M) {
	testscript.Main(cleanup{m}, map[string]func(){"gearctl": scriptMain})
}

// cleanup runs the tests and removes what Binary built.
type cleanup struct{ *testing.M }

func (m cleanup) Run() int {
	defer func() { os.RemoveAll(binaryDir) }()
	servertest.MoreAtATime()
	return m.M.Run()
}

// scriptMain is the gearctl of the scripts: it calls commands.Main as cmd/gearctl does, on pipes.
func scriptMain() {
	commands.TuneGC(os.Getenv)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		cancel(commands.Stopped(<-signals))
	}()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(commands.Main(ctx, Env(), os.Args[1:]))
}
