package top_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ptyPatience is how long a program on a terminal may take to write what is waited for.
const ptyPatience = 20 * time.Second

// pty is a pseudo terminal with a program on it.
type pty struct {
	t      testing.TB
	master *os.File
	slave  *os.File // kept open, so that its settings can be read when the program has ended
	output chan []byte
	width  uint16
	screen string // what has been written and not been waited for
	before unix.Termios
}

// newPty returns a terminal of that size until the test ends.
func newPty(t testing.TB, width, height uint16) *pty {
	t.Helper()
	p := &pty{t: t, output: make(chan []byte, 16)}
	var err error
	if p.master, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err != nil {
		t.Skip("SKIPPED: no pseudo terminals: ", err)
	}
	fd := int(p.master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		p.slave, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal("open a pseudo terminal: ", err)
	}
	p.resize(width, height)
	p.before = p.settings()
	go p.read()
	t.Cleanup(func() {
		p.slave.Close()
		for range p.output { // until the reader has seen the end
		}
		p.master.Close()
	})
	return p
}

func (p *pty) read() {
	defer close(p.output)
	for {
		b := make([]byte, 4096)
		n, err := p.master.Read(b)
		if err != nil {
			return
		}
		p.output <- b[:n]
	}
}

func (p *pty) resize(width, height uint16) {
	p.t.Helper()
	p.width = width
	if err := unix.IoctlSetWinsize(int(p.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: height, Col: width}); err != nil {
		p.t.Fatal(err)
	}
}

// settings returns echo, line mode and the rest.
func (p *pty) settings() unix.Termios {
	p.t.Helper()
	s, err := unix.IoctlGetTermios(int(p.slave.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return *s
}

// start starts a program whose terminal this is.
func (p *pty) start(env []string, argv ...string) *exec.Cmd {
	p.t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = env, p.t.TempDir()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.slave, p.slave, p.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { cmd.Process.Kill() })
	return cmd
}

func (p *pty) typeKeys(keys string) {
	p.t.Helper()
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// await reads until what matches pattern has been written, and forgets it and what was before.
func (p *pty) await(pattern string) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.NewTimer(ptyPatience)
	defer deadline.Stop()
	for {
		if m := re.FindStringIndex(p.screen); m != nil {
			found := p.screen[:m[1]]
			p.screen = p.screen[m[1]:]
			return found
		}
		select {
		case b, ok := <-p.output:
			if !ok {
				p.t.Fatalf("ended before it wrote %q; it wrote %q", pattern, p.screen)
			}
			p.screen += string(b)
		case <-deadline.C:
			p.t.Fatalf("waited in vain for %q; it wrote %q", pattern, p.screen)
		}
	}
}

// awaitFrame changes the width of the terminal until the whole screen that is then drawn matches pattern: between whole
// screens only what changes is written, which may be a part of a word.
func (p *pty) awaitFrame(pattern string) {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	frame := ""
	for began := time.Now(); time.Since(began) < ptyPatience; {
		p.resize(p.width^1, 24)
		if frame = p.await(`(?s)gearctl top .*h keys`); re.MatchString(frame) {
			return
		}
	}
	p.t.Fatalf("waited in vain for a screen with %q; the last one is %q", pattern, frame)
}

// left waits until a full-screen program has left the screen to the shell.
func (p *pty) left() {
	p.t.Helper()
	p.await(regexp.QuoteMeta("\x1b[?1049l")) // the alternate screen is left
	p.await(regexp.QuoteMeta("\x1b[?25h"))   // the cursor shows
}

// unchanged checks that the program that ran has left the terminal's settings as they were.
func (p *pty) unchanged() {
	p.t.Helper()
	if after := p.settings(); after != p.before {
		p.t.Errorf("the terminal's settings are %+v, were %+v", after, p.before)
	}
}
