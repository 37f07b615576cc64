package commandtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver"
)

// RunScripts runs the testscripts dir/*.txtar: command lines and their output. In addition to the standard commands a
// script has
//
//	server NAME [PREFIX]         starts an embedded job server whose handles are PREFIX:1, … (H:NAME:1) and sets $NAME to its address
//	unversioned NAME             starts one that answers version with an empty text
//	hostile NAME WHAT            starts a server from servertest.Hostilities and sets $NAME to its address
//	waitfor QUEUE COLUMN NUMBER  waits until a column of a queue on $S has that value
//	worker QUEUE BEHAVIOUR       starts a worker on $S: see servertest.Serve
//	code NUMBER gearctl ARG…     runs gearctl and expects that exit code
//
// Scripts run in parallel: each has its own directory, environment and servers. One that hangs is ended after scriptTime.
func RunScripts(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			testscript.RunT(oneScript{t}, scriptParams(file))
		})
	}
}

// scriptTime is how long a script may take. The time begins when it begins, not when others do that run before it.
const scriptTime = 2 * time.Minute

// oneScript runs a script as a part of the test that it is given, instead of a parallel test of its own.
type oneScript struct{ *testing.T }

func (s oneScript) Parallel()                              {}
func (s oneScript) Verbose() bool                          { return testing.Verbose() }
func (s oneScript) Run(_ string, run func(t testscript.T)) { run(s) }

func scriptParams(file string) testscript.Params {
	return testscript.Params{
		Files:    []string{file},
		Deadline: time.Now().Add(scriptTime),
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			hideKeys(e.WorkDir)
			e.Setenv("GORACE", "atexit_sleep_ms=0") // otherwise a program with the race detector takes a second to exit
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":      scriptServer,
			"unversioned": scriptUnversioned,
			"hostile":     scriptHostile,
			"waitfor":     scriptWaitFor,
			"code":        scriptCode,
			"worker":      scriptWorker,
		},
	}
}

// hideKeys makes the files of a script private, because some are keys.
func hideKeys(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.*"))
	for _, name := range files {
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() {
			os.Chmod(name, info.Mode()&^0o077)
		}
	}
}

func scriptServer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: server NAME [PREFIX]")
	}
	prefix := "H:" + args[0]
	if len(args) == 2 {
		prefix = args[1]
	}
	serveScript(ts, args[0], jobserver.Options{Version: "1.1.20+gearctl", HandlePrefix: prefix})
}

func scriptUnversioned(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: unversioned NAME")
	}
	serveScript(ts, args[0], jobserver.Options{Unversioned: true, HandlePrefix: "H:" + args[0]})
}

// serveScript serves an embedded server until the script ends, and sets $name to its address.
func serveScript(ts *testscript.TestScript, name string, o jobserver.Options) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		jobserver.New(o).Serve(ctx, l)
	}()
	ts.Defer(func() {
		cancel()
		<-done
	})
	ts.Setenv(name, l.Addr().String())
}

// scriptWaitFor polls the server until the column has the expected value.
func scriptWaitFor(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: waitfor QUEUE COLUMN NUMBER")
	}
	ctx, cancel := context.WithTimeout(context.Background(), servertest.Timeout)
	defer cancel()
	last := ""
	for ctx.Err() == nil {
		list, err := wire.WithConn(ctx, new(wire.Dialer), ts.Getenv("S"), func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
			return c.Status(ctx)
		})
		ts.Check(err)
		for _, q := range list.Rows {
			if q.Function == args[0] {
				last = fmt.Sprint(map[string]int64{"total": q.Total, "waiting": q.Waiting(), "running": q.Running, "workers": q.Workers}[args[1]])
			}
		}
		if last == args[2] {
			return
		}
	}
	ts.Fatalf("waitfor %v: last value %q", args, last)
}

var exitStatus = regexp.MustCompile(`exit status (\d+)`)

// scriptCode runs a command and checks its exit code.
func scriptCode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: code NUMBER COMMAND ARG…")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		m := exitStatus.FindStringSubmatch(err.Error())
		if m == nil {
			ts.Fatalf("%v: %v", args, err)
		}
		got = m[1]
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// scriptHostile starts a server with the named hostility.
func scriptHostile(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || servertest.Hostilities[args[1]] == nil {
		ts.Fatalf("usage: hostile NAME WHAT")
	}
	addr, stop, err := servertest.StartHostile(servertest.Hostilities[args[1]])
	ts.Check(err)
	ts.Defer(stop)
	ts.Setenv(args[0], addr)
}

// scriptWorker starts a worker on $S until the script ends.
func scriptWorker(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: worker QUEUE BEHAVIOUR")
	}
	stop, err := servertest.Serve(ts.Getenv("S"), args[0], args[1])
	ts.Check(err)
	ts.Defer(stop)
}
