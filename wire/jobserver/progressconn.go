package jobserver

import (
	"errors"
	"net"
	"os"
	"time"
)

// progressConn limits the time without progress of writes, and of reads while readBounded returns true. The error is
// os.ErrDeadlineExceeded.
type progressConn struct {
	net.Conn
	stallTimeout time.Duration
	readBounded  func() bool
	hasDeadline  bool // a read deadline is set
}

func (p *progressConn) Read(b []byte) (int, error) {
	switch {
	case p.readBounded():
		p.Conn.SetReadDeadline(time.Now().Add(p.stallTimeout))
		p.hasDeadline = true
	case p.hasDeadline:
		p.Conn.SetReadDeadline(time.Time{})
		p.hasDeadline = false
	}
	return p.Conn.Read(b)
}

// Write writes all of b, as long as some bytes are written in every stallTimeout.
func (p *progressConn) Write(b []byte) (int, error) {
	written := 0
	for {
		p.Conn.SetWriteDeadline(time.Now().Add(p.stallTimeout))
		n, err := p.Conn.Write(b[written:])
		written += n
		if n == 0 || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return written, err
		}
	}
}
