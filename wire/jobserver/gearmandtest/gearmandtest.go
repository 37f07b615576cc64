// Package gearmandtest starts a real gearmand on a free loopback port for a test, and finds the other programs of
// Gearman. On a machine without them a test is skipped, unless the environment variable GEARCTL_REQUIRE_PEERS is 1.
package gearmandtest

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	attempts  = 5                      // another process may take a port before gearmand does
	startTime = 10 * time.Second       // until gearmand answers
	retryTime = 20 * time.Millisecond  // between attempts to reach it
	stopTime  = 3 * time.Second        // after SIGTERM, on which gearmand 1.1.20 sometimes hangs
	askTime   = 500 * time.Millisecond // for one answer
)

// Require returns the path of a program. If it is not installed, the test is skipped, or fails if
// GEARCTL_REQUIRE_PEERS=1.
func Require(t testing.TB, binary string) string {
	t.Helper()
	path, err := exec.LookPath(binary)
	if err != nil {
		Missing(t, binary)
	}
	return path
}

// Missing skips the test because what is not installed, or fails it if GEARCTL_REQUIRE_PEERS=1.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("GEARCTL_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is not installed and GEARCTL_REQUIRE_PEERS=1", what)
	}
	t.Skipf("SKIPPED: %s is not installed; Debian has it in gearman-job-server, gearman-tools, gearman-server, libgearman-client-perl, strace or zstd", what)
}

// Process is a running gearmand.
type Process struct {
	Addr string // host:port

	path   string
	args   []string
	cmd    *exec.Cmd
	log    *tail
	exited chan struct{}
}

// Start starts gearmand with args, waits until it answers and returns its address. The end of the test stops it.
func Start(t testing.TB, args ...string) (addr string) {
	t.Helper()
	return StartProcess(t, args...).Addr
}

// StartProcess is Start for tests that kill or restart the process.
func StartProcess(t testing.TB, args ...string) *Process {
	t.Helper()
	return startPath(t, requireGearmand(t), args)
}

// Version returns the version that a gearmand answers, empty if it was built from a source archive.
func Version(t testing.TB, addr string) string {
	t.Helper()
	p := Process{Addr: addr}
	version, ok := strings.CutPrefix(p.ask("version"), "OK ")
	if !ok {
		t.Fatalf("gearmand on %s did not answer version", addr)
	}
	return strings.TrimSpace(version)
}

// RequireStore skips the test if the installed gearmand was built without a kind of --queue-type.
func RequireStore(t testing.TB, kind string) {
	t.Helper()
	help, err := exec.Command(requireGearmand(t), "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(help, []byte("\n"+kind+":\n")) {
		t.Skipf("SKIPPED: gearmand was built without %s", kind)
	}
}

// NewerVariable names the environment variable with the path of a gearmand from 2.0.0 on.
const NewerVariable = "GEARCTL_GEARMAND_2"

// StartNewer is Start for a gearmand from 2.0.0 on. Distributions do not have it yet: without NewerVariable the test is
// skipped.
func StartNewer(t testing.TB, args ...string) (addr string) {
	t.Helper()
	path := os.Getenv(NewerVariable)
	if path == "" {
		t.Skipf("SKIPPED: %s does not name a gearmand from 2.0.0 on", NewerVariable)
	}
	return startPath(t, path, args).Addr
}

func startPath(t testing.TB, path string, args []string) *Process {
	t.Helper()
	for range attempts {
		p := launch(t, path, args)
		if p.answers() {
			t.Cleanup(func() { p.stop(t) })
			return p
		}
		p.Kill()
		t.Logf("gearmand on %s did not answer: %s", p.Addr, p.log)
	}
	t.Fatal("gearmand does not start")
	return nil
}

// requireGearmand is Require for gearmand. It also searches the sbin directories, and skips scripts: in /usr/bin, gearmand
// may be the Perl server.
func requireGearmand(t testing.TB) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		for _, d := range []string{dir, filepath.Join(filepath.Dir(dir), "sbin")} {
			path, err := exec.LookPath(filepath.Join(d, "gearmand"))
			if err == nil && !isScript(path) {
				return path
			}
		}
	}
	Missing(t, "gearmand")
	return ""
}

func isScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var mark [2]byte
	f.Read(mark[:])
	return string(mark[:]) == "#!"
}

func launch(t testing.TB, path string, args []string) *Process {
	t.Helper()
	p := &Process{Addr: FreeAddr(t), log: &tail{}, path: path, args: args}
	p.run(t)
	return p
}

// run starts the process.
func (p *Process) run(t testing.TB) {
	t.Helper()
	host, port, _ := net.SplitHostPort(p.Addr)
	p.cmd = exec.Command(p.path, append([]string{"--listen=" + host, "--port=" + port, "--log-file=stderr", "--verbose=INFO", "--backlog=1024"}, p.args...)...)
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start gearmand: %v", err)
	}
	exited := make(chan struct{})
	p.exited = exited
	go func(cmd *exec.Cmd) {
		cmd.Wait()
		close(exited)
	}(p.cmd)
}

// Restart starts a killed process on the same port and waits until it answers.
func (p *Process) Restart(t testing.TB) {
	t.Helper()
	if !p.StartsAgain(t) {
		t.Fatalf("gearmand on %s does not start again: %s", p.Addr, p.log)
	}
}

// StartsAgain is Restart that reports whether the process answers. If the test fails, the end of the log is printed.
func (p *Process) StartsAgain(t testing.TB) bool {
	t.Helper()
	for range attempts {
		p.run(t)
		if p.answers() {
			return true
		}
		p.Kill()
	}
	return false
}

// Kill kills the process with SIGKILL and returns when it is gone.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.exited
}

// answers reports whether the process answers within startTime.
func (p *Process) answers() bool {
	deadline := time.After(startTime)
	retry := time.NewTicker(retryTime)
	defer retry.Stop()
	for {
		if strings.HasPrefix(p.ask("version"), "OK ") {
			return true
		}
		select {
		case <-p.exited:
			return false
		case <-deadline:
			return false
		case <-retry.C:
		}
	}
}

// ask returns the first line of the answer to an admin command, or "".
func (p *Process) ask(command string) string {
	nc, err := net.DialTimeout("tcp", p.Addr, askTime)
	if err != nil {
		return ""
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(askTime))
	nc.Write([]byte(command + "\r\n"))
	line, _ := bufio.NewReader(nc).ReadString('\n')
	return line
}

func (p *Process) stop(t testing.TB) {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(stopTime):
		p.Kill()
	}
	if t.Failed() {
		t.Logf("the end of gearmand's log:\n%s", p.log)
	}
}

// tail keeps the last tailSize bytes of a process's output.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const tailSize = 16 << 10

func (l *tail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(b)
	if extra := l.buf.Len() - tailSize; extra > 0 {
		l.buf.Next(extra)
	}
	return len(b), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
