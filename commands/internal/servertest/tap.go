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
	out, in []byte // of incomplete packets
	ready   []byte // to be read
	err     error  // after ready
}

func (c *tapped) Write(b []byte) (int, error) {
	c.out = append(c.out, b...)
	send, err := c.pass(&c.out, c.tap.Sent, wire.AppendRequest)
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
		c.in = append(c.in, b[:n]...)
		if c.ready, c.err = c.pass(&c.in, c.tap.Received, wire.AppendResponse); c.err != nil {
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

// pass removes complete lines and packets from in, and returns what is to be passed on.
func (c *tapped) pass(in *[]byte, see func(*wire.Packet) error, appendPacket func([]byte, wire.Type, ...[]byte) []byte) (out []byte, err error) {
	for {
		size := messageSize(*in)
		if size == 0 {
			return out, nil
		}
		message := (*in)[:size]
		*in = (*in)[size:]
		if message[0] != 0 || see == nil {
			out = append(out, message...)
			continue
		}
		p, _, err := wire.NewReader(bytes.NewReader(message)).ReadPacket()
		if err != nil {
			return out, err
		}
		if err := see(&p); err != nil {
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
