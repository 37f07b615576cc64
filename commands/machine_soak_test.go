//go:build soak && linux

package commands_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gearctl/commands/internal/servertest"
)

// bootTime is how long a machine may take to boot and run a command.
const bootTime = 2 * time.Minute

// diskSize is the size of a machine's disk, of which only what was written takes space. XFS wants no less.
const diskSize = 320 << 20

// machine is a computer whose power can be cut: User-Mode Linux, a Linux kernel in a process, with a file system on an image
// file. When the process is killed, what its kernel had not written to the image is lost, as in a loss of power.
//
// The machine sees the files of the host, read-only, and its programs are those of the host. Ports of the host's loopback are
// on its loopback too: connections go through a serial line.
type machine struct {
	testing.TB
	kernel string // the program
	fsType string
	image  string
	disk   string // where the machine mounts its file system
	copies string // where it puts copies of the files that it finds there
	uml    string // files of the kernel
	boots  int
}

// newMachine makes a machine with an empty file system. Without User-Mode Linux or mkfs the test is skipped.
func newMachine(t testing.TB, fsType string) *machine {
	t.Helper()
	kernel, err := exec.LookPath("linux.uml")
	if err != nil {
		t.Skip("SKIPPED: linux.uml is not installed; Debian has it in user-mode-linux")
	}
	mkfs, err := exec.LookPath("/usr/sbin/mkfs." + fsType)
	if err != nil {
		t.Skipf("SKIPPED: mkfs.%s is not installed; Debian has it in e2fsprogs, xfsprogs or btrfs-progs", fsType)
	}
	dir := t.TempDir()
	m := &machine{
		TB: t, kernel: kernel, fsType: fsType, image: filepath.Join(dir, "image"), disk: filepath.Join(dir, "disk"),
		copies: filepath.Join(dir, "copies"), uml: filepath.Join(dir, "uml"),
	}
	for _, path := range []string{m.disk, m.copies, m.uml} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	err = os.WriteFile(m.image, nil, 0o600)
	if err == nil {
		err = os.Truncate(m.image, diskSize)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(mkfs, "-q", m.image).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return m
}

// errand is what a machine does after it booted. It reads it from a file of the host.
type errand struct {
	FS, Disk string
	Copy     string   // where a copy of the files on its disk goes, as found
	Ports    []string // addresses of the host that it can reach
	Eager    bool     // it writes unsynced data to the disk soon
	Argv     []string // the command; none: nothing to run
}

// outage says when the power is cut. It is cut at the latest when the command has ended.
type outage struct {
	after int           // segments that the command sent to servers; 0: do not count
	quiet time.Duration // without a segment; 0: do not measure
}

// powerCut is what is known when the power was cut.
type powerCut struct {
	copy   string // a directory with the files as they were on the disk when the machine booted
	sent   int    // segments that the command sent to servers; the last of them was sent before the power was cut
	idle   bool   // the command had sent nothing for the time given
	ended  bool   // the command had ended, with this code
	code   int
	output string // of the command
}

// run boots the machine, runs a command and cuts the power. Unsynced data is written to the disk soon if eager, else within
// half a minute.
func (m *machine) run(o outage, eager bool, ports []string, argv ...string) powerCut {
	m.Helper()
	m.repair()
	m.boots++
	e := errand{FS: m.fsType, Disk: m.disk, Copy: filepath.Join(m.copies, strconv.Itoa(m.boots)), Ports: ports, Eager: eager, Argv: argv}
	b, err := json.Marshal(e)
	if err == nil {
		err = errors.Join(os.Mkdir(e.Copy, 0o700), os.WriteFile(e.Copy+".json", b, 0o600))
	}
	if err != nil {
		m.Fatal(err)
	}
	p := m.powerOn(e.Copy + ".json")
	defer p.close()
	got, err := p.serve(o)
	got.copy = e.Copy
	if err != nil {
		p.cut()
		m.Fatalf("the machine: %v\n%s\n%s", err, got.output, &p.console)
	}
	return got
}

// repair does what a computer does before it mounts a file system without a journal.
func (m *machine) repair() {
	m.Helper()
	if m.fsType != "ext2" {
		return
	}
	out, err := exec.Command("/usr/sbin/e2fsck", "-f", "-y", m.image).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && exit.ExitCode() < 4) {
		m.Fatalf("e2fsck: %v\n%s", err, out)
	}
}

// power is a machine that runs.
type power struct {
	kernel  *exec.Cmd
	console servertest.Buffer
	line    *serialLine
	over    *time.Timer
	conns   map[uint16]net.Conn
	wg      sync.WaitGroup
}

func (m *machine) powerOn(errandPath string) *power {
	m.Helper()
	self, err := os.Executable()
	if err != nil {
		m.Fatal(err)
	}
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		m.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(ends[0]), "line"), os.NewFile(uintptr(ends[1]), "line")
	defer ours.Close()
	defer theirs.Close()
	line, err := net.FileConn(ours)
	if err != nil {
		m.Fatal(err)
	}
	p := &power{line: newSerialLine(line), conns: map[uint16]net.Conn{}}
	p.kernel = exec.Command(m.kernel, "mem=192M", "uml_dir="+m.uml+"/", "ubd0="+m.image, "rootfstype=hostfs", "rootflags=/", "ro",
		"init="+self, "con=null", "con0=null,fd:1", "ssl0=fd:3", "quiet", errandVariable+"="+errandPath)
	p.kernel.Stdout, p.kernel.Stderr = &p.console, &p.console
	p.kernel.ExtraFiles = []*os.File{theirs}
	p.kernel.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.kernel.Start(); err != nil {
		m.Fatal(err)
	}
	p.over = time.AfterFunc(bootTime, func() { syscall.Kill(-p.kernel.Process.Pid, syscall.SIGKILL) })
	return p
}

// cut kills every process of the machine and returns when they are gone.
func (p *power) cut() {
	if p.kernel.ProcessState == nil {
		syscall.Kill(-p.kernel.Process.Pid, syscall.SIGKILL)
		p.kernel.Wait() // until the last of them has closed the console
	}
}

func (p *power) close() {
	p.over.Stop()
	p.cut()
	close(p.line.down)
	p.line.Close()
	for _, c := range p.conns {
		c.Close()
	}
	p.wg.Wait()
}

// serve connects the machine to servers until the power is cut.
func (p *power) serve(o outage) (got powerCut, err error) {
	for {
		if o.quiet > 0 && got.sent > 0 {
			p.line.setReadDeadline(time.Now().Add(o.quiet))
		}
		f, err := p.line.read()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			p.cut()
			got.idle = true
			return got, nil
		case err != nil:
			return got, fmt.Errorf("read from the serial line: %w", err)
		}
		switch f.kind {
		case frameOpen:
			if err := p.dial(f.conn, string(f.data)); err != nil {
				return got, err
			}
		case frameData:
			if got.sent++; got.sent == o.after {
				p.cut()
			}
			p.conns[f.conn].Write(f.data) // the server may have closed it
			if got.sent == o.after {
				return got, nil
			}
		case frameClose:
			p.conns[f.conn].Close()
		case frameTaken:
			<-p.line.room
		case frameOutput:
			got.output += string(f.data)
		case frameEnd:
			p.cut()
			got.ended = true
			got.code, err = strconv.Atoi(string(f.data))
			if err != nil {
				return got, errors.New(string(f.data))
			}
			return got, nil
		}
	}
}

// dial connects the machine to a server.
func (p *power) dial(id uint16, addr string) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	p.conns[id] = c
	p.wg.Go(func() { p.line.carry(id, c) })
	return nil
}

// serialLine carries connections, the output of the command and its end.
type serialLine struct {
	io.ReadWriteCloser
	setReadDeadline func(time.Time) error
	r               *bufio.Reader
	mu              sync.Mutex    // for writing
	room            chan struct{} // if not nil, written to before a frame is sent
	down            chan struct{} // closed when the machine is off
}

// maxOnLine is how many frames may be on the way to the machine. Its terminal driver stalls when more than 4 KiB wait.
const maxOnLine = 4

func newSerialLine(c net.Conn) *serialLine {
	return &serialLine{ReadWriteCloser: c, setReadDeadline: c.SetReadDeadline, r: bufio.NewReader(c), room: make(chan struct{}, maxOnLine), down: make(chan struct{})}
}

// lineFrame is what a serialLine carries at once.
type lineFrame struct {
	kind byte
	conn uint16
	data []byte
}

// Kinds of a lineFrame.
const (
	frameOpen   = 'o' // a connection to the address in data
	frameData   = 'd' // a segment of a connection
	frameClose  = 'c'
	frameTaken  = 'a' // the machine read a frame
	frameOutput = 't'
	frameEnd    = 'x' // data is the exit code, or why the command did not run
)

// segmentSize is how much data a frame holds at most: little, so that there are many moments at which to cut the power.
const segmentSize = 512

func (l *serialLine) read() (lineFrame, error) {
	var head [5]byte
	if _, err := io.ReadFull(l.r, head[:]); err != nil {
		return lineFrame{}, err
	}
	f := lineFrame{kind: head[0], conn: binary.BigEndian.Uint16(head[1:]), data: make([]byte, binary.BigEndian.Uint16(head[3:]))}
	_, err := io.ReadFull(l.r, f.data)
	return f, err
}

func (l *serialLine) write(kind byte, conn uint16, data []byte) error {
	b := binary.BigEndian.AppendUint16([]byte{kind}, conn)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	if l.room != nil {
		select {
		case l.room <- struct{}{}:
		case <-l.down:
			return net.ErrClosed
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.ReadWriteCloser.Write(append(b, data...))
	return err
}

// Write sends output of the command.
func (l *serialLine) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := min(len(rest), segmentSize)
		if err := l.write(frameOutput, 0, rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(b), nil
}

// carry sends what comes from a connection.
func (l *serialLine) carry(id uint16, c net.Conn) {
	b := make([]byte, segmentSize)
	for {
		n, err := c.Read(b)
		if n > 0 {
			l.write(frameData, id, b[:n]) // an error is one of reading too
		}
		if err != nil {
			l.write(frameClose, id, nil)
			return
		}
	}
}

// errandVariable is the environment variable with the path of the errand. The kernel takes it from its command line.
const errandVariable = "GEARCTL_TEST_ERRAND"

// init makes this program the first process of a machine.
func init() {
	if path := os.Getenv(errandVariable); path != "" && os.Getpid() == 1 {
		line, err := openSerialLine("/dev/ttyS0")
		if err == nil {
			end := "0"
			err = runErrand(path, line)
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				end = strconv.Itoa(exit.ExitCode())
			} else if err != nil {
				end = err.Error()
			}
			err = line.write(frameEnd, 0, []byte(end))
		}
		fmt.Println(err)
		select {} // until the power is cut
	}
}

func openSerialLine(path string) (*serialLine, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	raw := unix.Termios{Cflag: unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B38400}
	raw.Cc[unix.VMIN] = 1
	return &serialLine{ReadWriteCloser: f, r: bufio.NewReader(f)}, unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, &raw)
}

// runErrand runs in the machine.
func runErrand(path string, line *serialLine) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var e errand
	if err := json.Unmarshal(b, &e); err != nil {
		return err
	}
	for _, at := range [][3]string{{"proc", "/proc"}, {e.FS, e.Disk}, {"hostfs", e.Copy, e.Copy}} {
		if err := unix.Mount("/dev/ubda", at[1], at[0], 0, at[2]); err != nil {
			return fmt.Errorf("mount %s: %w", at[0], err)
		}
	}
	if err := copyFiles(e.Copy, e.Disk); err != nil {
		return err
	}
	if e.Eager {
		for _, name := range []string{"dirty_writeback_centisecs", "dirty_expire_centisecs"} {
			if err := os.WriteFile("/proc/sys/vm/"+name, []byte("1"), 0); err != nil {
				return err
			}
		}
	}
	if err := upLoopback(); err != nil {
		return err
	}
	if err := offer(line, e.Ports); err != nil || len(e.Argv) == 0 {
		return err
	}
	cmd := exec.Command(e.Argv[0], e.Argv[1:]...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + e.Disk}
	cmd.Stdout, cmd.Stderr = line, line
	return cmd.Run()
}

// copyFiles copies the tree from to the directory to, and syncs the copies.
func copyFiles(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, path[len(from):])
		info, err := d.Info()
		switch {
		case err != nil || path == from:
			return err
		case d.IsDir():
			return os.Mkdir(target, info.Mode().Perm())
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
		if err != nil {
			return err
		}
		_, err = f.Write(b)
		return errors.Join(err, f.Sync(), f.Close())
	})
}

func upLoopback() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo)
}

// offer listens on ports and connects to those of the host.
func offer(line *serialLine, ports []string) error {
	var mu sync.Mutex
	conns := map[uint16]net.Conn{}
	for _, addr := range ports {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				mu.Lock()
				id := uint16(len(conns))
				conns[id] = c
				mu.Unlock()
				line.write(frameOpen, id, []byte(addr))
				go line.carry(id, c)
			}
		}()
	}
	go func() {
		for {
			f, err := line.read()
			if err != nil {
				fmt.Println("serial line:", err)
				return
			}
			line.write(frameTaken, 0, nil)
			mu.Lock()
			c := conns[f.conn]
			mu.Unlock()
			switch f.kind {
			case frameData:
				c.Write(f.data) // the command may have closed it
			case frameClose:
				c.Close()
			}
		}
	}()
	return nil
}
