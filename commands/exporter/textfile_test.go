package exporter_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

func TestTextfile(t *testing.T) {
	t.Parallel()
	addr, dead := servertest.Embedded(t), gearmandtest.FreeAddr(t)
	servertest.Submit(t, addr, "pile", "x")
	for servers, code := range map[string]int{addr: commandtest.ExitOK, addr + "," + dead: commandtest.ExitPartial, dead: commandtest.ExitUnreachable} {
		dir := t.TempDir()
		file := filepath.Join(dir, "gearman.prom")
		if r := commandtest.Gearctl(t, "", "exporter", "-s", servers, "--textfile", file); r.Code != code || r.Stdout != "" {
			t.Errorf("%s: %+v", servers, r)
		}
		e := readTextfile(t, file)
		if up, ok := e.Of(dead)["gearman_up"]; strings.Contains(servers, dead) && (!ok || up != 0) {
			t.Errorf("%s: %v", servers, e)
		}
		if n := e.Of(addr)[`gearman_jobs{function="pile"}`]; strings.Contains(servers, addr) && n != 1 {
			t.Errorf("%s: %v", servers, e)
		}
		for _, name := range e.Names() { // node_exporter has the others itself, and refuses them twice
			if !strings.HasPrefix(name, "gearman_") {
				t.Errorf("%s is in the file", name)
			}
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
			t.Errorf("left in the directory: %v, %v", list, err)
		}
	}
}

// readTextfile reads a file that others may read as well.
func readTextfile(t testing.TB, file string) servertest.Exposition {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode != 0o644 {
		t.Errorf("mode %v", mode)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return servertest.ParseExposition(t, string(b))
}

func TestTextfileAgainAndAgain(t *testing.T) {
	t.Parallel()
	m := newMoodyServer(t)
	file := filepath.Join(t.TempDir(), "gearman.prom")
	x := commandtest.Start(t, "exporter", "-s", m.addr, "--textfile", file, "--interval", "1ms")
	for _, up := range []float64{0, 1, 0} {
		servertest.Until(t, "the file tells that the server came or went", func() bool {
			if _, err := os.Stat(file); err != nil {
				return false
			}
			return readTextfile(t, file).Of(m.addr)["gearman_up"] == up
		})
		m.change()
	}
	if code := x.Stop(); code != 0 {
		t.Errorf("ended with %d: %s", code, x.Stderr.String())
	}
}

func TestATextfileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	file := filepath.Join(t.TempDir(), "nosuch", "gearman.prom")
	for _, flags := range [][]string{nil, {"--interval", "1h"}} {
		r := commandtest.Gearctl(t, "", append([]string{"exporter", "-s", addr, "--textfile", file}, flags...)...)
		if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "no such file or directory") {
			t.Errorf("%v: %+v", flags, r)
		}
	}
}

// Renaming a file over a device, a pipe or a link would take it away from all others.
func TestOnlyAFileIsReplaced(t *testing.T) {
	t.Parallel()
	addr, dir := servertest.Embedded(t), t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(t.TempDir(), "file"), link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, dir, link} {
		r := commandtest.Gearctl(t, "", "exporter", "-s", addr, "--textfile", path)
		if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, ": not a regular file\nhint: use --textfile - for stdout") {
			t.Errorf("%+v", r)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 2 || list[0].Type() != os.ModeSymlink || list[1].Type() != os.ModeNamedPipe {
		t.Errorf("%v, %v", list, err)
	}
}
