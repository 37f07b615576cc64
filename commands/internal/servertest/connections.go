package servertest

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// Connections are those that a command opens. The zero value has none. It is safe for concurrent use.
type Connections struct {
	mu   sync.Mutex
	open []*counted
	none chan struct{} // closed when none is open any more; nil: nobody waits for that
}

// counted is a connection until it is closed.
type counted struct {
	net.Conn
	of     *Connections
	server string
}

// Counted returns dial, or that of the network if dial is nil, and counts its connections.
func (n *Connections) Counted(dial DialFunc) DialFunc {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		of := &counted{c, n, address}
		n.open = append(n.open, of)
		return of, nil
	}
}

func (c *counted) Close() error {
	c.of.closed(c)
	return c.Conn.Close()
}

func (n *Connections) closed(c *counted) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.open = slices.DeleteFunc(n.open, func(o *counted) bool { return o == c })
	if len(n.open) == 0 && n.none != nil {
		close(n.none)
		n.none = nil
	}
}

// closeTime is how long goroutines of a command may take to close their connections after its end.
const closeTime = Timeout / 4

// Left returns the servers of connections that stay open although the command has ended.
func (n *Connections) Left() (servers []string) {
	limit := time.NewTimer(closeTime)
	defer limit.Stop()
	select {
	case <-n.allClosed():
	case <-limit.C:
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.open {
		servers = append(servers, c.server)
	}
	return servers
}

// allClosed returns a channel that is closed when no connection is open any more.
func (n *Connections) allClosed() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	none := make(chan struct{})
	if len(n.open) == 0 {
		close(none)
	} else {
		n.none = none
	}
	return none
}
