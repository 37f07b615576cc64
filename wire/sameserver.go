package wire

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// ServerProbe finds out which addresses lead to the same server. A connection introduces itself with a client ID that
// encodes the address it was dialled by; a connection that was dialled by another address sees that ID in the server's
// list of workers if both lead to one server. It is safe for concurrent use.
type ServerProbe struct {
	prefix  string
	servers []string
}

// NewServerProbe returns a probe for servers, as they are passed to Dial. prefix begins the client IDs and must be used
// by no other probe.
func NewServerProbe(prefix string, servers []string) *ServerProbe {
	return &ServerProbe{prefix: prefix, servers: servers}
}

// ClientID returns the client ID of connections to server.
func (p *ServerProbe) ClientID(server string) string {
	return p.prefix + strconv.Itoa(slices.Index(p.servers, server))
}

// Introduce sets the client ID of c to ClientID(c.Server()) and waits until the server has handled that.
func (p *ServerProbe) Introduce(ctx context.Context, c *Conn) error {
	c.SetClientID(p.ClientID(c.Server()))
	return c.Echo(ctx, []byte("introduced"))
}

// Seen returns the addresses of the introduced connections that are now connected to the server of c, that of c included
// if it was introduced. Of two connections that call Introduce and then Seen, at least the later one sees both.
func (p *ServerProbe) Seen(ctx context.Context, c *Conn) ([]string, error) {
	list, err := c.Workers(ctx)
	var seen []string
	for _, w := range list.Rows {
		text, ok := strings.CutPrefix(w.ID, p.prefix)
		if i, err := strconv.Atoi(text); ok && err == nil && i >= 0 && i < len(p.servers) {
			seen = append(seen, p.servers[i])
		}
	}
	return seen, err
}

// SameServer reports whether two connections lead to one server, whatever names were dialed. It replaces the
// client ID of a.
func SameServer(ctx context.Context, a, b *Conn) (bool, error) {
	p := NewServerProbe(a.dialer.probePrefix(), []string{a.Server()})
	if err := p.Introduce(ctx, a); err != nil {
		return false, err
	}
	seen, err := p.Seen(ctx, b)
	return len(seen) > 0, err
}

// SameServers finds addresses that lead to the server of another address in servers: it maps each of them to the first such
// address. A server that cannot be reached or does not answer is left out. It dials a connection to each server and closes
// it before it returns, after at most a few times d.Timeout.
func SameServers(ctx context.Context, d *Dialer, servers []string) map[string]string {
	p := NewServerProbe(d.probePrefix(), servers)
	conns, first := make([]*Conn, len(servers)), make([]int, len(servers))
	each := func(f func(i int)) {
		var wg sync.WaitGroup
		for i := range servers {
			wg.Go(func() { f(i) })
		}
		wg.Wait()
	}
	each(func(i int) {
		c, err := d.Dial(ctx, servers[i])
		switch {
		case err != nil:
		case p.Introduce(ctx, c) != nil:
			c.Close()
		default:
			conns[i] = c
		}
	})
	each(func(i int) {
		first[i] = i
		if conns[i] != nil {
			seen, _ := p.Seen(ctx, conns[i]) // without an answer nothing is known of it
			for _, server := range seen {
				first[i] = min(first[i], slices.Index(servers, server))
			}
		}
	})
	same := map[string]string{}
	for i, c := range conns {
		if c != nil {
			c.Close()
		}
		if first[i] < i {
			same[servers[i]] = servers[first[i]]
		}
	}
	return same
}

func (d *Dialer) probePrefix() string {
	return d.program() + "-probe-" + NewUniqueSource().Next() + "-"
}
