// Package commandtest runs gearctl in tests: in the process of the test, as a program, and from scripts.
//
// Only external test packages import it, for it imports commands.
package commandtest

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gearctl/commands"
)

// Main is what TestMain of a package calls that uses RunScripts or Binary.
func Main(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"gearctl": scriptMain})
}

// tidy removes what Binary built.
type tidy struct{ *testing.M }

func (m tidy) Run() int {
	defer func() { os.RemoveAll(binaryDir) }()
	return m.M.Run()
}

// scriptMain is the command gearctl of the scripts: commands.Main as cmd/gearctl calls it, on pipes.
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
