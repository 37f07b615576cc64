package process

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The descriptors of a command, and what shows that it has ended.
const (
	stdin = iota
	stdout
	stderr
	ended
)

// streams are the pipes of a command. The goroutine that runs the command serves all of them with poll(2): for a short command,
// copying goroutines and the network poller of package exec cost more than starting it.
type streams struct {
	ours   [4]unix.PollFd // our end of each; Fd -1: none
	theirs [3]*os.File    // the command's; nil: closed
	input  []byte         // what stdin still needs
	output [3]*capture
}

// openStreams makes the pipes of p.
func openStreams(p *Command) (*streams, error) {
	s := &streams{input: p.Stdin}
	s.output[stdout] = &capture{limit: p.Limit, to: p.Stdout, stopAtLimit: p.KillAtLimit}
	s.output[stderr] = &capture{limit: p.Limit}
	for i := range s.ours {
		s.ours[i].Fd = -1
	}
	var err error
	if p.Input == nil { // also without input: /dev/null may be missing in a chroot
		err = s.openInput()
	}
	err = errors.Join(err, s.openOutput(stdout, "stdout"), s.openOutput(stderr, "stderr"))
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// openInput makes the pipe of stdin. What fits into it is written at once.
func (s *streams) openInput() error {
	read, write, err := newPipe()
	if err != nil {
		return err
	}
	s.theirs[stdin] = os.NewFile(uintptr(read), "stdin")
	s.ours[stdin] = unix.PollFd{Fd: int32(write), Events: unix.POLLOUT}
	if len(s.input) > pipeCapacity {
		return syscall.SetNonblock(write, true)
	}
	s.feed()
	return nil
}

func (s *streams) openOutput(fd int, name string) error {
	read, write, err := newPipe()
	if err != nil {
		return err
	}
	s.theirs[fd] = os.NewFile(uintptr(write), name)
	s.ours[fd] = unix.PollFd{Fd: int32(read), Events: unix.POLLIN}
	return nil
}

// files returns the descriptors of the command; input, if not nil, is its stdin.
func (s *streams) files(input *os.File) []*os.File {
	if input == nil {
		input = s.theirs[stdin]
	}
	return []*os.File{input, s.theirs[stdout], s.theirs[stderr]}
}

// serve feeds the command and takes its output, until it has closed all of them. If others keep them open, it ends about
// pipeGrace after the command, the end of which makes a descriptor readable.
func (s *streams) serve(end int) {
	s.ours[ended] = unix.PollFd{Fd: int32(end), Events: unix.POLLIN}
	buf := make([]byte, 4<<10) // larger than most outputs
	timeout := -1
	var grace <-chan time.Time
	for s.open() {
		select {
		case <-grace:
			return
		default:
		}
		n, err := unix.Poll(s.ours[:], timeout)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || n == 0:
			return
		}
		if s.ours[ended].Revents != 0 {
			s.ours[ended].Fd = -1
			grace, timeout = time.After(pipeGrace), int(pipeGrace.Milliseconds())
		}
		if s.ours[stdin].Revents != 0 {
			s.feed()
		}
		for _, fd := range []int{stdout, stderr} {
			if s.ours[fd].Revents != 0 {
				s.take(fd, buf)
			}
		}
	}
}

func (s *streams) open() bool {
	return s.ours[stdin].Fd >= 0 || s.ours[stdout].Fd >= 0 || s.ours[stderr].Fd >= 0
}

// feed writes to stdin what it takes now, and closes it at the end of the input, or if the command has closed it.
func (s *streams) feed() {
	n, err := syscall.Write(int(s.ours[stdin].Fd), s.input)
	s.input = s.input[max(n, 0):]
	if len(s.input) == 0 || err != nil && !again(err) {
		s.closeOurs(stdin)
	}
}

// take reads once from an output.
func (s *streams) take(fd int, buf []byte) {
	n, err := syscall.Read(int(s.ours[fd].Fd), buf)
	switch {
	case n > 0:
		s.output[fd].write(buf[:n])
	case err == nil || !again(err):
		s.closeOurs(fd)
	}
}

func again(err error) bool { return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) }

func (s *streams) closeOurs(fd int) {
	if s.ours[fd].Fd >= 0 {
		syscall.Close(int(s.ours[fd].Fd))
		s.ours[fd].Fd = -1
	}
}

// closeTheirs closes the ends of the command, once it has them.
func (s *streams) closeTheirs() {
	for _, f := range s.theirs {
		f.Close() // of nil an error
	}
}

func (s *streams) close() {
	s.closeTheirs()
	for _, fd := range []int{stdin, stdout, stderr} {
		s.closeOurs(fd)
	}
}

// capture keeps or passes on what a process writes, up to a limit. It discards the rest, so that the process can end.
type capture struct {
	limit       int
	stopAtLimit bool
	stop        func()
	to          func([]byte) error
	n           int
	kept        []byte
	over        bool
	err         error // of to
}

func (c *capture) write(p []byte) {
	n := len(p)
	if c.limit > 0 && c.n+n > c.limit {
		p, c.over = p[:max(c.limit-c.n, 0)], true
	}
	c.n += n
	switch {
	case c.err != nil || len(p) == 0:
	case c.to == nil:
		c.kept = append(c.kept, p...)
	default:
		c.err = c.to(p)
	}
	if c.err != nil || c.over && c.stopAtLimit {
		c.stop()
	}
}
