package commands_test

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// daemons are the commands that run until they are stopped, each by its name.
func daemons(addr, dir string) map[string][]string {
	return map[string][]string{
		"server":     {"server", "--listen", "127.0.0.1:0"},
		"work":       {"work", "-s", addr, "q", "--", "true"},
		"check work": {"check", "work", "-s", addr, "--services", "--no-encryption", "--allow-root"},
		"proxy":      {"proxy", "--route", addr + "/a=" + addr + "/b", "--spool", filepath.Join(dir, "spool")},
		"sync proxy": {"proxy", "--route", addr + "/a=" + addr + "/b", "--sync", "--spool", filepath.Join(dir, "spool")},
		"exporter":   {"exporter", "-s", addr, "--listen", "127.0.0.1:0"},
		"page":       {"exporter", "-s", addr, "--listen", "127.0.0.1:0", "--page"},
		"textfile":   {"exporter", "-s", addr, "--textfile", filepath.Join(dir, "x.prom"), "--interval", "1s"},
		"top":        {"top", "-s", addr, "--batch", "0", "--interval", "100ms"},
		"top 1000":   {"top", "-s", addr, "--batch", "1000", "--interval", "100ms"},
	}
}

// firstLine calls f at the first write.
type firstLine struct {
	servertest.Buffer
	once sync.Once
	f    func()
}

func (w *firstLine) Write(b []byte) (int, error) {
	w.once.Do(w.f)
	return w.Buffer.Write(b)
}

// TestSIGTERMEndsADaemonWithSuccess stops daemons at the two moments at which they are least prepared: when they have not
// done anything yet, and when they say that they begin.
func TestSIGTERMEndsADaemonWithSuccess(t *testing.T) {
	t.Parallel()
	for name, argv := range daemons(servertest.Embedded(t), t.TempDir()) {
		for _, moment := range []string{"at once", "at the first line"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			term := func() { cancel(commands.Stopped(syscall.SIGTERM)) }
			out := &firstLine{f: term}
			env := commandtest.Env()
			env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), out, out
			env.Getenv = func(string) string { return "" }
			switch {
			case moment == "at once":
				term()
			case name == "textfile":
				time.AfterFunc(20*time.Millisecond, term) // it says nothing
			}
			if code := commands.Main(ctx, env, argv); code != 0 || strings.Contains(out.String(), "gearctl: ") {
				t.Errorf("%s, %s: exit code %d\n%s", name, moment, code, out)
			}
		}
	}
}

// TestSoakSIGTERM sends the signal to real processes, at random moments after their first line.
func TestSoakSIGTERM(t *testing.T) {
	t.Parallel()
	binary := commandtest.Binary(t)
	for name, argv := range daemons(servertest.Embedded(t), t.TempDir()) {
		if name == "textfile" {
			continue // it says nothing
		}
		for range sigtermRounds {
			if code, out := terminated(t, binary, argv); code != 0 {
				t.Errorf("%s: exit code %d\n%s", name, code, out)
				break
			}
		}
	}
}

// terminated runs a daemon, ends it up to 20 ms after its first line and returns its exit code.
func terminated(t *testing.T, binary string, argv []string) (code int, output string) {
	cmd := exec.CommandContext(t.Context(), binary, argv...)
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(r)
	first, _ := lines.ReadString('\n')
	rest := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(lines)
		rest <- b
	}()
	time.AfterFunc(time.Duration(rand.ExpFloat64()*float64(2*time.Millisecond)), func() { cmd.Process.Signal(syscall.SIGTERM) })
	cmd.Wait()
	w.Close()
	return cmd.ProcessState.ExitCode(), first + string(<-rest)
}

// TestSIGTERMBeforeTheCountIsReached is no success: who asked for so many jobs did not get them.
func TestSIGTERMBeforeTheCountIsReached(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for _, argv := range [][]string{
		{"work", "-s", addr, "q", "--create", "--print", "--count", "2"},
		{"work", "-s", addr, "q", "r", "--count", "2", "--", "true"},
		{"check", "work", "-s", addr, "--services", "--no-encryption", "--allow-root", "--count", "2"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		env := commandtest.Env()
		env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), io.Discard, &firstLine{f: func() { cancel(commands.Stopped(syscall.SIGTERM)) }}
		env.Getenv = func(string) string { return "" }
		if code := commands.Main(ctx, env, argv); code != commandtest.ExitInterrupted {
			t.Errorf("%q: exit code %d, want %d", argv, code, commandtest.ExitInterrupted)
		}
	}
}
