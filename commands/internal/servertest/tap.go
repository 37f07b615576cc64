package servertest

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"

	"gearctl/wire"
)

// DialFunc is a cli.Env.NetDial.
type DialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// Tap sees the packets of a connection at the command's end: what the command sends before it leaves, and what it receives
// before it reads it. Each may be nil, may change a packet, and closes the connection instead with an error. Admin lines pass
// unseen.
type Tap struct {
	Sent, Received func(p *wire.Packet) error
}

// Tapped returns dial with a tap in each connection, which tap makes for a server, the address that was dialled.
func Tapped(dial DialFunc, tap func(server string) Tap) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &tapped{Conn: c, tap: tap(address)}, nil
	}
}

type tapped struct {
	net.Conn
	tap     Tap
	out, in stream
	ready   []byte // to be read
	err     error  // after ready
}

// stream is what a connection carries one way.
type stream struct {
	b       []byte // of an incomplete packet
	packet  bytes.Reader
	packets *wire.Reader // reads packet
}

func (c *tapped) Write(b []byte) (int, error) {
	send, err := c.out.pass(b, c.tap.Sent, wire.AppendRequest)
	if len(send) > 0 {
		if _, err := c.Conn.Write(send); err != nil {
			return 0, err
		}
	}
	if err != nil {
		c.Close()
		return 0, err
	}
	return len(b), nil
}

func (c *tapped) Read(b []byte) (int, error) {
	for len(c.ready) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		n, err := c.Conn.Read(b)
		if c.ready, c.err = c.in.pass(b[:n], c.tap.Received, wire.AppendResponse); c.err != nil {
			c.Close()
		}
		if err != nil && len(c.ready) == 0 && c.err == nil {
			return 0, err // perhaps of a deadline, after which it can be read on
		}
	}
	n := copy(b, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// pass adds b and returns what is to be passed on: complete lines and packets.
func (s *stream) pass(b []byte, see func(*wire.Packet) error, appendPacket func([]byte, wire.Type, ...[]byte) []byte) (out []byte, err error) {
	if see == nil {
		return bytes.Clone(b), nil
	}
	s.b = append(s.b, b...)
	for {
		size := messageSize(s.b)
		if size == 0 {
			return out, nil
		}
		message := s.b[:size]
		s.b = s.b[size:]
		if message[0] != 0 {
			out = append(out, message...)
			continue
		}
		if s.packets == nil {
			s.packets = wire.NewReader(&s.packet)
		}
		s.packet.Reset(message)
		p, _, err := s.packets.ReadPacket()
		if err == nil {
			err = see(&p)
		}
		if err != nil {
			return out, err
		}
		out = appendPacket(out, p.Type, p.Args...)
	}
}

// messageSize returns the size of the packet or line that b begins with, 0 if it is incomplete.
func messageSize(b []byte) int {
	if len(b) == 0 || b[0] != 0 {
		return bytes.IndexByte(b, '\n') + 1
	}
	if len(b) < wire.HeaderSize {
		return 0
	}
	if size := wire.HeaderSize + int(binary.BigEndian.Uint32(b[8:])); size <= len(b) {
		return size
	}
	return 0
}
