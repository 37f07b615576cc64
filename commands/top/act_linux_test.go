package top_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// waiting returns the waiting jobs of a queue.
func waiting(t *testing.T, addr, queue string) string {
	t.Helper()
	r := commandtest.Gearctl(t, "", "-s", addr, "status", queue, "-o", "template={{.waiting}}")
	return strings.TrimSpace(r.Stdout)
}

// Peek, drain and limit are run on the terminal as the command lines that they are, and the list comes back.
func TestActingOnAQueue(t *testing.T) {
	t.Parallel()
	addr, other := servertest.Embedded(t), servertest.Embedded(t)
	commandtest.Gearctl(t, "one\ntwo\nthree\n", "-s", addr, "submit", "-b", "-l", "mine")
	commandtest.Gearctl(t, "", "-s", other, "submit", "-b", "mine", "x")
	p, ended := startTop(t, "-s", addr+","+other)
	p.await(`mine`)

	p.typeKeys("p")
	p.await(`show the 3 waiting jobs of mine on ` + addr + `\? All are`)
	p.await(`2 retries more. \[y/N\]`)
	p.typeKeys("y")
	p.await(`\x1b\[\?1049l`)
	p.await(`\$ gearctl -s ` + addr + ` peek mine\r\n`)
	p.await(`PREVIEW`)
	p.await(`three`)
	p.await(`exit code 0; Enter returns to gearctl top`)
	p.typeKeys("\r")
	p.await(`\x1b\[\?1049h`)

	file := filepath.Join(t.TempDir(), "kept.jsonl")
	p.typeKeys("d\x15" + file + "\r")
	p.await(`\$ gearctl -s ` + addr + ` drain --to \S+ mine\r\n`)
	p.await(`mine on ` + addr + `: 3 jobs waiting, 0 running, 0 workers`)
	p.await(`drain 3 jobs\? \[y/N\]`)
	p.typeKeys("n\r")
	p.await(`nothing was changed`)
	p.await(`exit code [1-9]`)
	if n := waiting(t, addr, "mine"); n != "3" {
		t.Errorf("after no %s jobs wait, want 3", n)
	}
	p.typeKeys("\r")
	p.await(`\x1b\[\?1049h`)
	p.typeKeys("d\x15" + file + "\r")
	p.await(`drain 3 jobs\? \[y/N\]`)
	p.typeKeys("y\r")
	p.await(`exit code 0`)
	if n := waiting(t, addr, "mine"); n != "0" {
		t.Errorf("after yes %s jobs wait, want 0", n)
	}
	if b, err := os.ReadFile(file); err != nil || strings.Count(string(b), "\n") < 3 {
		t.Errorf("the archive: %v, %q", err, b)
	}
	p.typeKeys("\r")
	p.await(`\x1b\[\?1049h`)
	p.await(`mine`)

	p.typeKeys("l")
	p.await(`removes the limit`)
	p.typeKeys("1\r")
	p.await(`to 1 job\?`)
	p.typeKeys("y")
	p.await(`\$ gearctl -s ` + addr + ` queue limit mine 1\r\n`)
	p.await(`limited to 1`)
	p.typeKeys("\r")
	p.await(`\x1b\[\?1049h`)
	for _, want := range []int{commandtest.ExitOK, commandtest.ExitFailed} {
		if r := commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "mine", "y"); r.Code != want {
			t.Errorf("a job with a limit of 1: exit code %d, want %d", r.Code, want)
		}
	}
	p.typeKeys("q")
	if code := ended(nil); code != commandtest.ExitOK {
		t.Errorf("exit code %d", code)
	}
}

// ctrl-C ends the command, not top, and a signal that ends top ends both.
func TestInterruptingACommandOfTop(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "mine", "x")
	for name, end := range map[string]func(p *pty, ended func(os.Signal) int) int{
		"twice, then quit": func(p *pty, ended func(os.Signal) int) int {
			p.typeKeys("\x03")
			p.await(`exit code 130; Enter returns`)
			p.typeKeys("\x03")
			p.await(`\x1b\[\?1049h`)
			p.await(`mine`)
			p.typeKeys("q")
			return ended(nil)
		},
		"SIGTERM": func(_ *pty, ended func(os.Signal) int) int { return ended(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, ended := startTop(t, "-s", addr, "--timeout", "7s", "--quiet") // the question names the queue all the same
			p.await(`mine`)
			p.typeKeys("d\r")
			p.await(`\$ gearctl -s ` + addr + ` --timeout=7s drain --to mine-\d{8}-\d{6}\.jsonl mine\r\n`)
			p.await(`mine on ` + addr + `: 1 job waiting`)
			p.await(`drain 1 job\? \[y/N\]`)
			if code := end(p, ended); code != commandtest.ExitOK {
				t.Errorf("exit code %d", code)
			}
			if n := waiting(t, addr, "mine"); n != "1" {
				t.Errorf("%s jobs wait, want 1", n)
			}
		})
	}
}
