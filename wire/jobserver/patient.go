package jobserver

import (
	"errors"
	"net"
	"os"
	"time"
)

// patientConn bounds the time without progress: of a write, and of a read while unfinished says that the peer owes the
// rest of a packet. The error is then os.ErrDeadlineExceeded.
type patientConn struct {
	net.Conn
	patience   time.Duration
	unfinished func() bool
	limited    bool // a read deadline is set
}

func (p *patientConn) Read(b []byte) (int, error) {
	switch {
	case p.unfinished():
		p.Conn.SetReadDeadline(time.Now().Add(p.patience))
		p.limited = true
	case p.limited:
		p.Conn.SetReadDeadline(time.Time{})
		p.limited = false
	}
	return p.Conn.Read(b)
}

// Write writes all of b, however long that takes, as long as some of it is taken every patience.
func (p *patientConn) Write(b []byte) (int, error) {
	written := 0
	for {
		p.Conn.SetWriteDeadline(time.Now().Add(p.patience))
		n, err := p.Conn.Write(b[written:])
		written += n
		if n == 0 || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return written, err
		}
	}
}
