package jobserver

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"gearctl/wire"
)

const (
	handshakeTime = 10 * time.Second // for a TLS handshake
	lingerTime    = 5 * time.Second  // for writing what is left after the peer closed its side
)

// conn is one connection. Its books are guarded by the mutex of the server.
type conn struct {
	srv *Server
	raw net.Conn // the socket
	nc  net.Conn // raw, or TLS over it
	in  *wire.Reader
	out *outbox

	place      node[*conn]
	fd         int            // as the workers command shows it
	host       string         // the peer's address without port
	id         string         // set by SET_CLIENT_ID, "-" before
	abilities  list[*ability] // newest first, the order in which gearmand looks for jobs
	attached   list[*client]  // foreground jobs whose results this connection awaits
	watch      overrun        // the CAN_DO_TIMEOUT that runs
	sleeping   bool           // after PRE_SLEEP, until it grabs
	noopSent   bool           // woken since it last grabbed
	exceptions bool           // asked for by OPTION_REQ
	dirty      bool           // in srv.dirty
}

// serveConn serves one connection from accept to its end.
func (s *Server) serveConn(raw net.Conn) {
	c := &conn{srv: s, raw: raw, nc: raw, out: newOutbox(), id: "-"}
	defer raw.Close()
	if !s.enter(c) {
		return
	}
	defer s.leave(c)
	if err := c.handshake(); err != nil {
		s.opts.Log.Info("tls handshake failed", "peer", raw.RemoteAddr().String(), "err", err)
		return
	}
	written := make(chan struct{})
	s.wg.Go(func() {
		defer close(written)
		if err := c.out.writeTo(c.nc); err != nil {
			s.opts.Log.Debug("write failed", "peer", raw.RemoteAddr().String(), "err", err)
			c.cut() // so that the reader ends as well
			return
		}
		c.nc.Close() // with TLS this says goodbye
	})
	err := c.read()
	s.opts.Log.Debug("connection ends", "peer", raw.RemoteAddr().String(), "err", err)
	s.leave(c)
	raw.SetWriteDeadline(time.Now().Add(lingerTime))
	c.out.close()
	<-written
}

// enter puts c into the books; false when the server is closed already.
func (s *Server) enter(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.serial++
	c.fd = descriptor(c.raw, s.serial)
	c.host = hostOf(c.raw.RemoteAddr())
	s.conns.pushBack(&c.place, c)
	return true
}

// leave takes c out of the books: its jobs go back to their queues, the jobs that only it awaited are abandoned.
func (s *Server) leave(c *conn) {
	s.mu.Lock()
	c.place.remove()
	c.sleeping = false
	c.watch.stop()
	s.dropAbilities(c)
	for cl := range c.attached.all {
		cl.detach()
	}
	s.mu.Unlock()
	s.flush()
}

func (c *conn) handshake() error {
	if c.srv.opts.TLS == nil {
		return nil
	}
	t := tls.Server(c.raw, c.srv.opts.TLS)
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	c.nc = t
	return t.HandshakeContext(ctx)
}

// read handles what the peer sends until it ends or breaks the protocol.
func (c *conn) read() error {
	c.in = wire.NewReader(flusher{c})
	c.in.MaxPacket = c.srv.opts.MaxPacket
	for {
		packet, err := c.in.NextIsPacket()
		if err != nil {
			return err
		}
		if packet {
			err = c.readPacket()
		} else {
			err = c.readLine()
		}
		if err != nil {
			return err
		}
	}
}

func (c *conn) readPacket() error {
	p, dir, err := c.in.ReadPacket()
	if err != nil {
		return err
	}
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	return c.handle(p, dir)
}

func (c *conn) readLine() error {
	line, err := c.in.ReadLine()
	if err != nil {
		return err
	}
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	return c.admin(line)
}

// flusher reads from the peer, after it has let all writers know of what the requests read so far have caused: an
// answer waits only while there are requests at hand.
type flusher struct{ c *conn }

func (f flusher) Read(b []byte) (int, error) {
	f.c.srv.flush()
	return f.c.nc.Read(b)
}

// send puts a packet into c's outbox.
func (c *conn) send(t wire.Type, args ...[]byte) { c.queued(c.out.packet(t, args...)) }

// sendText puts an admin answer into c's outbox.
func (c *conn) sendText(b []byte) { c.queued(c.out.text(b)) }

// queued notes that pending bytes wait for c's writer, and cuts off a peer that lets too many gather.
func (c *conn) queued(pending int) {
	if pending > c.srv.opts.MaxPending {
		c.srv.opts.Log.Warn("connection closed: its peer does not read", "peer", c.raw.RemoteAddr().String(), "bytes", pending)
		c.cut()
		return
	}
	if pending > outboxBatch {
		c.out.wake()
		return
	}
	if !c.dirty {
		c.dirty = true
		c.srv.dirty = append(c.srv.dirty, c)
	}
}

// cut closes the socket, whatever the reader and the writer are doing; they then end by themselves.
func (c *conn) cut() { c.raw.Close() }
