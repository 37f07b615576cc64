package jobserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"gearctl/wire"
)

// handshakeTimeout is how long a TLS handshake may take.
const handshakeTimeout = 10 * time.Second

// conn is a connection. Server.mu guards its state.
type conn struct {
	srv *Server
	raw net.Conn // the socket
	nc  net.Conn // raw with timeouts, or TLS on top of that
	in  *wire.Reader
	out *outbox

	reserved   int            // bytes of srv.bodies that the last request holds
	ownsLast   bool           // the last argument of the current request may be kept
	listing    *listing       // the list that is being written
	number     uint64         // in the order of arrival
	fd         int            // shown by the workers command
	host       string         // the peer's address without port
	id         string         // set by SET_CLIENT_ID, "-" before
	abilities  list[*ability] // newest first, the order in which gearmand searches for jobs
	attached   list[*client]  // foreground jobs whose results this connection waits for
	timer      jobTimer       // of CAN_DO_TIMEOUT
	sleeping   bool           // after PRE_SLEEP, until it grabs
	noopSent   bool           // woken since it last grabbed
	exceptions bool           // requested by OPTION_REQ
	dirty      bool           // in srv.dirty
}

// serveConn serves a connection until it ends.
func (s *Server) serveConn(raw net.Conn) {
	c := &conn{srv: s, raw: raw, out: newOutbox(s.unsent), id: "-"}
	c.nc = &progressConn{Conn: raw, stallTimeout: s.opts.ClientTimeout, readBounded: c.insidePacket}
	defer raw.Close()
	if !s.register(c) {
		return
	}
	defer s.unregister(c)
	if err := c.handshake(); err != nil {
		s.opts.Log.Info("tls handshake failed", "peer", raw.RemoteAddr().String(), "err", err)
		return
	}
	written := make(chan struct{})
	s.wg.Go(func() {
		defer close(written)
		if err := c.out.writeTo(c.nc); err != nil {
			c.logEnd("write", err)
			c.closeSocket() // ends the reader
			return
		}
		c.nc.Close() // with TLS, sends close_notify
	})
	err := c.read()
	c.logEnd("read", err)
	c.releaseBody()
	s.unregister(c)
	c.out.close()
	<-written
}

// register adds c to the server's connections. It returns false if the server is closed.
func (s *Server) register(c *conn) bool {
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

// unregister removes c: the jobs it holds are released, the jobs that only it waits for are abandoned.
func (s *Server) unregister(c *conn) {
	s.mu.Lock()
	s.conns.remove(c.number)
	c.sleeping = false
	c.timer.stop()
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
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
	defer cancel()
	c.nc = t
	return t.HandshakeContext(ctx)
}

// read handles requests until the connection ends or the peer breaks the protocol.
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
	if n := len(p.Args); n > 1 && p.Args[n-1] == nil {
		return fmt.Errorf("%v without its last argument", p.Type)
	}
	c.detachLast(p)
	c.waitForRoom(relayed(p.Type))
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	return c.handle(p, dir)
}

// detachLast makes a long last argument outlive the packet, because handlers keep it without a copy.
func (c *conn) detachLast(p wire.Packet) {
	last := len(p.Args) - 1
	c.ownsLast = last >= 0 && len(p.Args[last]) >= sharedSize
	detached := (c.ownsLast || c.reserved > 0) && c.in.Detach()
	if c.ownsLast && !detached {
		p.Args[last] = clone(p.Args[last])
	}
}

// insidePacket reports whether part of a packet was received.
func (c *conn) insidePacket() bool { return c.in != nil && c.in.InsidePacket() }

func (c *conn) readLine() error {
	line, err := c.in.ReadLine()
	if err != nil {
		return err
	}
	c.waitForRoom(false)
	c.srv.mu.Lock()
	err = c.admin(line)
	c.srv.mu.Unlock()
	c.writeList()
	return err
}

// flusher flushes all outboxes before each read from the peer: answers wait only while buffered requests are handled.
type flusher struct{ c *conn }

func (f flusher) Read(b []byte) (int, error) {
	f.c.srv.flush()
	return f.c.nc.Read(b)
}

// send puts a packet into c's outbox. A last argument of sharedSize or more is not copied and must not change.
func (c *conn) send(t wire.Type, args ...[]byte) { c.noteQueued(c.out.packet(t, args...)) }

// sendText puts an admin answer into c's outbox.
func (c *conn) sendText(b []byte) { c.noteQueued(c.out.text(b)) }

// noteQueued schedules c's writer after bytes were queued. A peer that let too many pile up is disconnected.
func (c *conn) noteQueued(before, now int) {
	if before > c.srv.opts.MaxPending {
		c.srv.opts.Log.Warn("connection closed: its client does not read", "peer", c.peer(), "bytes", before)
		c.closeSocket()
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

// logEnd logs why reading or writing ended.
func (c *conn) logEnd(what string, err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.srv.opts.Log.Warn("connection closed: its client stopped", "peer", c.peer(), "during", what, "for", c.srv.opts.ClientTimeout)
		return
	}
	c.srv.opts.Log.Debug("connection ends", "peer", c.peer(), "during", what, "err", err)
}

// closeSocket closes the socket, which ends the reader and the writer.
func (c *conn) closeSocket() { c.raw.Close() }
