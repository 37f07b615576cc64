package servertest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// memConn is one end of a connection in memory. What was written before Close is still delivered. The first write to an end
// that was closed is lost without an error, as on a network until the other end answers, and later ones fail.
type memConn struct{ in, out *memStream }

// memStream is one direction of a connection.
type memStream struct {
	mu            sync.Mutex
	changed       sync.Cond
	buf           []byte
	ended         bool // by the writer
	abandoned     bool // by the reader
	lost          bool // a write, after that
	read, written time.Time
	timer         *time.Timer // of read
}

// memPipe returns both ends of a connection.
func memPipe() (a, b net.Conn) {
	there, back := new(memStream), new(memStream)
	there.changed.L, back.changed.L = &there.mu, &back.mu
	return &memConn{in: back, out: there}, &memConn{in: there, out: back}
}

func past(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

func (c *memConn) Read(p []byte) (int, error) {
	s := c.in
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.abandoned:
			return 0, net.ErrClosed
		case past(s.read):
			return 0, os.ErrDeadlineExceeded
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			s.buf = s.buf[n:]
			return n, nil
		case s.ended:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (c *memConn) Write(p []byte) (int, error) {
	s := c.out
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return 0, net.ErrClosed
	case past(s.written):
		return 0, os.ErrDeadlineExceeded
	case s.lost:
		return 0, os.NewSyscallError("write", syscall.EPIPE)
	case s.abandoned:
		s.lost = true
	default:
		s.buf = append(s.buf, p...)
		s.changed.Broadcast()
	}
	return len(p), nil
}

func (c *memConn) Close() error {
	c.out.set(func(s *memStream) { s.ended = true })
	c.in.set(func(s *memStream) { s.abandoned, s.buf = true, nil })
	return nil
}

// set changes a stream and wakes its reader.
func (s *memStream) set(change func(*memStream)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
	s.changed.Broadcast()
}

func (c *memConn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *memConn) SetReadDeadline(t time.Time) error {
	c.in.set(func(s *memStream) {
		if s.timer != nil {
			s.timer.Stop()
		}
		if s.read = t; !t.IsZero() {
			s.timer = time.AfterFunc(time.Until(t), func() { s.set(func(*memStream) {}) })
		}
	})
	return nil
}

func (c *memConn) SetWriteDeadline(t time.Time) error {
	c.out.set(func(s *memStream) { s.written = t })
	return nil
}

func (c *memConn) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4730} }
func (c *memConn) RemoteAddr() net.Addr { return c.LocalAddr() }

// memListener accepts connections in memory.
type memListener struct {
	dialled chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func newMemListener() *memListener {
	return &memListener{dialled: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.dialled:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memListener) Addr() net.Addr { return new(memConn).LocalAddr() }
