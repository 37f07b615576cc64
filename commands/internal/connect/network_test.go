package connect

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"gearctl/wire"
)

// network is servers in memory by address. Others refuse the connection. It notes when each connection was opened and closed, in
// seconds since it was made.
type network struct {
	start  time.Time
	serve  map[string]func(net.Conn)
	opened []string
	closed []string
}

func newNetwork(serve map[string]func(net.Conn)) *network {
	return &network{start: time.Now(), serve: serve}
}

func (n *network) dialer() *wire.Dialer { return &wire.Dialer{NetDial: n.dial} }

func (n *network) note(list *[]string, server string) {
	*list = append(*list, fmt.Sprintf("%s %v", server, time.Since(n.start).Seconds()))
}

func (n *network) dial(_ context.Context, kind, server string) (net.Conn, error) {
	n.note(&n.opened, server)
	serve := n.serve[server]
	if serve == nil {
		return nil, &net.OpError{Op: "dial", Net: kind, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		serve(far)
	}()
	return &notedConn{Conn: near, n: n, server: server}, nil
}

// notedConn notes when it is closed.
type notedConn struct {
	net.Conn
	n      *network
	server string
	ended  bool
}

func (c *notedConn) Close() error {
	if !c.ended {
		c.ended = true
		c.n.note(&c.n.closed, c.server)
	}
	return c.Conn.Close()
}

// answers answers each request with the next of answers, and then reads on.
func answers(answers ...[]byte) func(net.Conn) {
	return func(c net.Conn) {
		r := wire.NewReader(c)
		for n := 0; ; n++ {
			if _, _, err := r.ReadPacket(); err != nil {
				return
			}
			if n < len(answers) {
				c.Write(answers[n])
			}
		}
	}
}

// Answers of a server.
var (
	hasExceptions = wire.AppendResponse(nil, wire.OptionRes, []byte("exceptions"))
	echoed        = wire.AppendResponse(nil, wire.EchoRes, []byte("gearctl"))
	created       = wire.AppendResponse(nil, wire.JobCreated, []byte("H:a:1"))
	denied        = wire.AppendResponse(nil, wire.Error, []byte("DENIED"), []byte("not now"))
)
