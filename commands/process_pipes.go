package commands

import "syscall"

// pipe is a pipe between us and a process; -1 is a closed end.
type pipe struct{ ours, theirs int }

// pipes are the three streams of a process.
type pipes struct{ stdin, stdout, stderr pipe }

func openPipes() (*pipes, error) {
	p := &pipes{pipe{-1, -1}, pipe{-1, -1}, pipe{-1, -1}}
	for _, end := range []struct {
		reader, writer *int
	}{
		{&p.stdin.theirs, &p.stdin.ours},
		{&p.stdout.ours, &p.stdout.theirs},
		{&p.stderr.ours, &p.stderr.theirs},
	} {
		var fds [2]int
		if err := syscall.Pipe2(fds[:], syscall.O_CLOEXEC); err != nil {
			p.close()
			return nil, err
		}
		*end.reader, *end.writer = fds[0], fds[1]
	}
	for _, fd := range []int{p.stdin.ours, p.stdout.ours, p.stderr.ours} {
		syscall.SetNonblock(fd, true)
	}
	return p, nil
}

func (p *pipes) closeTheirs() {
	for _, fd := range []*int{&p.stdin.theirs, &p.stdout.theirs, &p.stderr.theirs} {
		closeFD(fd)
	}
}

func (p *pipes) close() {
	p.closeTheirs()
	for _, fd := range []*int{&p.stdin.ours, &p.stdout.ours, &p.stderr.ours} {
		closeFD(fd)
	}
}

func closeFD(fd *int) {
	if *fd >= 0 {
		syscall.Close(*fd)
		*fd = -1
	}
}

// input writes to a process what it reads.
type input struct {
	fd   *int // closed when all is written, or when nobody reads it
	left []byte
}

// write writes what the pipe takes now.
func (i *input) write() {
	for len(i.left) > 0 {
		n, err := syscall.Write(*i.fd, i.left)
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return
		case err != nil:
			i.left = nil
		default:
			i.left = i.left[n:]
		}
	}
	closeFD(i.fd)
}

// capture keeps or passes on what a process writes, up to a limit.
type capture struct {
	fd    *int // closed at the end
	limit int
	n     int
	to    func([]byte) error
	kept  []byte
	over  bool
	err   error // of to
}

// read takes what is there now, up to the size of buf.
func (c *capture) read(buf []byte) {
	n, err := syscall.Read(*c.fd, buf)
	switch {
	case err == syscall.EINTR || err == syscall.EAGAIN:
	case err != nil || n == 0:
		closeFD(c.fd)
	default:
		c.take(buf[:n])
	}
}

func (c *capture) take(p []byte) {
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
}
