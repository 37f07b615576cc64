package connect

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"gearctl/wire"
)

// network is servers in memory by address. Others refuse the connection. It notes when each connection was opened and closed, in
// seconds since it was made.
type network struct {
	start time.Time

	mu            sync.Mutex
	serve         map[string]func(net.Conn)
	opens, closes []string
}

func newNetwork(serve map[string]func(net.Conn)) *network {
	return &network{start: time.Now(), serve: serve}
}

func (n *network) dialer() *wire.Dialer { return &wire.Dialer{NetDial: n.dial} }

// begin starts a server, which answers connections from now on.
func (n *network) begin(server string, serve func(net.Conn)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.serve[server] = serve
}

func (n *network) server(server string) func(net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.serve[server]
}

// opened returns the connections that were opened, or refused.
func (n *network) opened() []string { return n.noted(&n.opens) }

// closed returns the connections that were closed.
func (n *network) closed() []string { return n.noted(&n.closes) }

func (n *network) noted(list *[]string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(*list)
}

func (n *network) note(list *[]string, server string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	*list = append(*list, fmt.Sprintf("%s %v", server, time.Since(n.start).Seconds()))
}

func (n *network) dial(_ context.Context, kind, server string) (net.Conn, error) {
	n.note(&n.opens, server)
	serve := n.server(server)
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
	once   sync.Once
}

func (c *notedConn) Close() error {
	c.once.Do(func() { c.n.note(&c.n.closes, c.server) })
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
