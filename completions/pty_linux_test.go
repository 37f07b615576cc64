package completions_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a shell may take for a line.
const patience = 20 * time.Second

// prompt is what the shells in tests print before they read a line.
const prompt = "READY> "

// terminal is a shell on a pseudo terminal, which is typed on.
type terminal struct {
	t      testing.TB
	master *os.File
	output chan []byte
	screen string // what has been written since the last line was typed
}

// openTerminal starts a shell on a terminal of its own. It is killed when the test ends.
func openTerminal(t testing.TB, env []string, argv ...string) *terminal {
	t.Helper()
	master, slave, err := openPty()
	if err != nil {
		t.Fatal("open a pseudo terminal: ", err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = env, t.TempDir()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	term := &terminal{t: t, master: master, output: make(chan []byte)}
	go term.read()
	t.Cleanup(func() {
		cmd.Process.Kill()
		for range term.output { // until the reader has seen the end
		}
		cmd.Wait()
		master.Close()
	})
	return term
}

func openPty() (master, slave *os.File, err error) {
	if master, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200})
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	return master, slave, err
}

func (s *terminal) read() {
	defer close(s.output)
	for {
		b := make([]byte, 4096)
		n, err := s.master.Read(b)
		if err != nil {
			return
		}
		s.output <- b[:n]
	}
}

// await reads until the shell has written what pattern matches, and returns the groups of the match. What has been
// written up to its end is forgotten.
func (s *terminal) await(pattern string) []string {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		if m := re.FindStringSubmatchIndex(s.screen); m != nil {
			groups := re.FindStringSubmatch(s.screen)
			s.screen = s.screen[m[1]:]
			return groups
		}
		select {
		case b, ok := <-s.output:
			if !ok {
				s.t.Fatalf("the shell ended before it wrote %q; it wrote %q", pattern, s.screen)
			}
			s.screen += string(b)
		case <-deadline.C:
			s.t.Fatalf("waited in vain for %q; the shell wrote %q", pattern, s.screen)
		}
	}
}

// typeKeys types keys, \t for TAB and \r for Enter.
func (s *terminal) typeKeys(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// wordTyped types a line and returns its last word as the shell, bash or zsh, reads it. Instead of the line, shown runs, with the line as its
// arguments: another start of gearctl for each would take most of the time.
func (s *terminal) wordTyped(keys string) string {
	s.t.Helper()
	s.typeKeys(keys + "\x01shown \r") // ctrl-A: at the beginning
	return s.word()
}

// queueShown types a line that ends in a status of one queue and returns the queue's name as gearctl got it. The
// shell's environment has outputFormat.
func (s *terminal) queueShown(keys string) string {
	s.t.Helper()
	s.typeKeys(keys + "\r")
	return s.word()
}

func (s *terminal) word() string {
	s.t.Helper()
	shown := s.await(`<<(.*)>>\r*\n|gearctl: (.*)\n|(?:not found|rror)[^\n]*\n`)
	s.await(regexp.QuoteMeta(prompt))
	if shown[1] == "" {
		return strings.TrimSpace(shown[0])
	}
	return shown[1]
}

// outputFormat makes gearctl's output tell from the line that was typed.
const outputFormat = "GEARCTL_OUTPUT=template=<<{{.queue}}>>"
