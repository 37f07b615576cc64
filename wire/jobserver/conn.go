package jobserver

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"

	"gearctl/wire"
)

// handshakeTime is how long a TLS handshake may take.
const handshakeTime = 10 * time.Second

// conn is one connection. Its books are guarded by the mutex of the server.
type conn struct {
	srv *Server
	raw net.Conn // the socket
	nc  net.Conn // raw with its time limits, or TLS over that
	in  *wire.Reader
	out *outbox

	reserved   int            // bytes of srv.bodies that the last request holds
	lasting    bool           // the last argument of the request at hand stays valid for good
	listing    *listing       // the answer that is being written
	number     uint64         // in the order of arrival
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
	c := &conn{srv: s, raw: raw, out: newOutbox(s.unsent), id: "-"}
	c.nc = &patientConn{Conn: raw, patience: s.opts.ClientTimeout, unfinished: c.insidePacket}
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
			c.ended("write", err)
			c.cut() // so that the reader ends as well
			return
		}
		c.nc.Close() // with TLS this says goodbye
	})
	err := c.read()
	c.ended("read", err)
	c.releaseBody()
	s.leave(c)
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
	c.number = s.conns.add(c)
	c.fd = descriptor(c.raw, int(c.number))
	c.host = hostOf(c.raw.RemoteAddr())
	return true
}

// leave takes c out of the books: its jobs go back to their queues, the jobs that only it awaited are abandoned.
func (s *Server) leave(c *conn) {
	s.mu.Lock()
	s.conns.remove(c.number)
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
	t := tls.Server(c.nc, c.srv.opts.TLS)
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	c.nc = t
	return t.HandshakeContext(ctx)
}

// read handles what the peer sends until it ends or breaks the protocol.
func (c *conn) read() error {
	c.in = wire.NewReader(flusher{c})
	c.in.MaxPacket = c.srv.opts.MaxPacket
	c.in.Admit = c.reserveBody
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
		c.releaseBody()
	}
}

func (c *conn) readPacket() error {
	p, dir, err := c.in.ReadPacket()
	if err != nil {
		return err
	}
	c.keepLast(p)
	c.pace(relayed(p.Type))
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	return c.handle(p, dir)
}

// keepLast makes sure that a long last argument stays valid after the packet was handled: handlers share it.
func (c *conn) keepLast(p wire.Packet) {
	last := len(p.Args) - 1
	c.lasting = last >= 0 && len(p.Args[last]) >= sharedSize
	if detached := (c.lasting || c.reserved > 0) && c.in.Detach(); c.lasting && !detached {
		p.Args[last] = clone(p.Args[last])
	}
}

// insidePacket reports whether the peer owes the rest of a packet.
func (c *conn) insidePacket() bool { return c.in != nil && c.in.InsidePacket() }

func (c *conn) readLine() error {
	line, err := c.in.ReadLine()
	if err != nil {
		return err
	}
	c.pace(false)
	c.srv.mu.Lock()
	err = c.admin(line)
	c.srv.mu.Unlock()
	c.writeList()
	return err
}

// flusher reads from the peer, after it has let all writers know of what the requests read so far have caused: an
// answer waits only while there are requests at hand.
type flusher struct{ c *conn }

func (f flusher) Read(b []byte) (int, error) {
	f.c.srv.flush()
	return f.c.nc.Read(b)
}

// send puts a packet into c's outbox. A last argument of sharedSize and more must not change any more.
func (c *conn) send(t wire.Type, args ...[]byte) { c.queued(c.out.packet(t, args...)) }

// sendText puts an admin answer into c's outbox.
func (c *conn) sendText(b []byte) { c.queued(c.out.text(b)) }

// queued notes that bytes wait for c's writer, and cuts off a peer for which too many waited before.
func (c *conn) queued(before, now int) {
	if before > c.srv.opts.MaxPending {
		c.srv.opts.Log.Warn("connection closed: its client does not read", "peer", c.peer(), "bytes", before)
		c.cut()
		return
	}
	if now > outboxBatch {
		c.out.wake()
		return
	}
	if !c.dirty {
		c.dirty = true
		c.srv.dirty = append(c.srv.dirty, c)
	}
}

func (c *conn) peer() string { return c.raw.RemoteAddr().String() }

// ended logs why reading or writing came to its end.
func (c *conn) ended(what string, err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.srv.opts.Log.Warn("connection closed: its client stopped", "peer", c.peer(), "during", what, "for", c.srv.opts.ClientTimeout)
		return
	}
	c.srv.opts.Log.Debug("connection ends", "peer", c.peer(), "during", what, "err", err)
}

// cut closes the socket, whatever the reader and the writer are doing; they then end by themselves.
func (c *conn) cut() { c.raw.Close() }
