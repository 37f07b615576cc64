package top_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// startTop starts gearctl top on a terminal of 80 by 24 and waits for its first frame.
func startTop(t *testing.T, argv ...string) (*pty, func(sig os.Signal) int) {
	t.Helper()
	return startTopIn(t, "XDG_CONFIG_HOME=", argv...)
}

// startTopIn is startTop with a variable of the environment.
func startTopIn(t *testing.T, variable string, argv ...string) (*pty, func(sig os.Signal) int) {
	t.Helper()
	p := newPty(t, 80, 24)
	env := append(os.Environ(), "TERM=xterm-256color", "TMUX=", "SSH_TTY=/dev/pts/0", "NO_COLOR=1", "LC_ALL=C.UTF-8", "GEARCTL_SERVER=", variable)
	cmd := p.start(env, append([]string{commandtest.Binary(t), "top", "-i", "0.1"}, argv...)...)
	p.await(`gearctl top`)
	return p, func(sig os.Signal) int {
		if sig != nil {
			cmd.Process.Signal(sig)
		}
		p.left()
		cmd.Wait()
		p.unchanged()
		return cmd.ProcessState.ExitCode()
	}
}

// Whatever ends it, it ends well and leaves the terminal as it was.
func TestTerminalIsRestored(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for name, end := range map[string]struct {
		keys string
		sig  os.Signal
	}{
		"q": {keys: "q"}, "Q": {keys: "Q"}, "Esc": {keys: "\x1b"}, "ctrl-C": {keys: "\x03"},
		"SIGTERM": {sig: syscall.SIGTERM}, "SIGINT": {sig: syscall.SIGINT}, "SIGHUP": {sig: syscall.SIGHUP},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, ended := startTop(t, "-s", addr)
			p.await(`no queues`)
			p.typeKeys(end.keys)
			if code := ended(end.sig); code != commandtest.ExitOK {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// A server that goes away is reported on the screen, and shown again when it is back; the size may change meanwhile.
func TestScreenSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	l, err := net.Listen("tcp", gearmandtest.FreeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	stop := serveUntil(t, l)
	commandtest.Gearctl(t, "", "-s", l.Addr().String(), "submit", "-b", "mine", "x")
	p, ended := startTop(t, "-s", addr+","+l.Addr().String())
	p.await(`mine`)
	stop()
	p.await(`connection refused; retrying`)
	p.resize(10, 3)
	p.await(`\x1b\[[0-9;]*[HJ]`)
	p.resize(120, 20)
	p.await(`every 100ms +sort -waiting`)
	l = servertest.Listen(t, l.Addr().String())
	defer serveUntil(t, l)()
	commandtest.Gearctl(t, "", "-s", l.Addr().String(), "submit", "-b", "second", "x")
	p.await(`second`)
	p.typeKeys("/xyz")
	p.await(`/xyz_`)
	p.typeKeys("\x7f\x7f\x7f\r\r")
	p.await(`no worker serves`)
	p.typeKeys("q")
	if code := ended(nil); code != commandtest.ExitOK {
		t.Errorf("exit code %d", code)
	}
}

// serveUntil serves on l until the function returned is called.
func serveUntil(t *testing.T, l net.Listener) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- jobserver.New(jobserver.Options{}).Serve(ctx, l) }()
	stopped := false
	return func() {
		if !stopped {
			stopped = true
			cancel()
			waittest.Receive(t, "the embedded server ends", done)
		}
	}
}

// A server that accepts and stays silent delays neither the other nor the keys.
func TestSilentServerDelaysNothing(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "mine", "x")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // nobody accepts: the kernel does
	p, ended := startTop(t, "-s", l.Addr().String()+","+addr)
	p.await(`mine`)
	p.typeKeys("h")
	p.await(`the keys`)
	p.typeKeys("hq")
	if code := ended(nil); code != commandtest.ExitOK {
		t.Errorf("exit code %d", code)
	}
}

// The servers page of a group of contexts: those that answer are there while others are silent, Enter opens one, Esc returns.
func TestServersPageOfAGroup(t *testing.T) {
	t.Parallel()
	fleet := servertest.StartFleet(t, servertest.FleetOptions{
		Servers: 12, Queues: 3, Silent: 2, Slow: 1, Workers: func(int, int) int { return 1 },
		Waiting: func(server, queue int) int { return 1000*server + queue },
	})
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, cli.Program), 0o700); err != nil {
		t.Fatal(err)
	}
	servertest.WriteFile(t, filepath.Join(dir, cli.Program, "contexts.yml"), fleet.Contexts())
	p, ended := startTopIn(t, "XDG_CONFIG_HOME="+dir, "--context", "fleet", "--timeout", "1s")
	t.Cleanup(fleet.Release)
	p.resize(100, 24)
	p.awaitFrame(`9 of 12 servers: 27 queues, 108,027 waiting`)
	p.typeKeys("v")
	p.awaitFrame(`9 of 12 servers answer: 27 queues, 108,027 waiting.*3 with problems`)
	p.awaitFrame(`silent, no answer so far`)
	p.typeKeys("/rome\r")
	p.awaitFrame(`3 of 12 shown; 2 of 3 servers answer: 6 queues`)
	p.typeKeys("G\r")
	p.awaitFrame(`site=rome stage=prod context=gm003: 3 queues, 9,003 waiting`)
	p.typeKeys("\x1b")
	p.awaitFrame(`3 of 12 shown; 2 of 3 servers answer`)
	p.typeKeys("vq")
	if code := ended(nil); code != commandtest.ExitOK {
		t.Errorf("exit code %d", code)
	}
}

// A bug of ours must not leave the terminal unusable.
// Leaving the screen does not make good that no server ever answered.
func TestExitCodeWhenNoServerAnswered(t *testing.T) {
	t.Parallel()
	p, ended := startTop(t, "-s", gearmandtest.FreeAddr(t))
	p.await(`connection refused; retrying`)
	p.typeKeys("q")
	if code := ended(nil); code != commandtest.ExitUnreachable {
		t.Errorf("exit code %d", code)
	}
}

func TestTerminalIsRestoredAfterAPanic(t *testing.T) {
	if commandtest.RaceDetector {
		t.Skip("after a panic bubbletea closes its reader while it reads: a race of the library's, on its way out")
	}
	p := newPty(t, 80, 24)
	env := commandtest.Env()
	env.Stdin, env.Stdout, env.Stderr = p.slave, p.slave, p.slave
	env.Terminal = cli.Terminal{Stdin: true, Stdout: true, Stderr: true, Size: func() (int, int) { return 80, 24 }}
	env.Getenv = func(string) string { return "" }
	stderr := os.Stderr
	os.Stderr = p.slave // where the trace goes
	defer func() { os.Stderr = stderr }()
	calls := 0
	env.Now = func() time.Time {
		if calls++; calls == 12 { // when there is a screen
			panic("no time")
		}
		return time.Now()
	}
	code := commands.Main(t.Context(), env, []string{"-s", "127.0.0.1:1", "top", "-i", "0.1"})
	if code != commandtest.ExitFailed {
		t.Errorf("exit code %d", code)
	}
	p.left()
	p.unchanged()
	p.await(`gearctl: top: a bug`)
}

func TestFlagsThatGarbleTheScreenAreRefused(t *testing.T) {
	t.Parallel()
	p := newPty(t, 80, 24)
	for line, want := range map[string]string{
		"top -o json": "--output and --columns need --batch", "top --columns queue": "--output and --columns need --batch",
		"top --trace": "--trace would garble the screen", "top --sort nosuch": `--sort "nosuch": choose from server, queue`,
	} {
		env := commandtest.Env()
		env.Stdin, env.Stdout, env.Stderr = p.slave, p.slave, p.slave
		env.Terminal = cli.Terminal{Stdin: true, Stdout: true, Stderr: true, Size: func() (int, int) { return 80, 24 }}
		env.Getenv = func(string) string { return "" }
		if code := commands.Main(t.Context(), env, strings.Fields(line)); code != commandtest.ExitUsage {
			t.Errorf("%s: exit code %d", line, code)
		}
		p.await(want)
	}
}
