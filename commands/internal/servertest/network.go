package servertest

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"

	"gearctl/wire/jobserver"
)

// Network is a network in memory for tests in a synctest bubble: Dial is a wire.Dialer's NetDial. Connections are buffered,
// and a closed one delivers what was written before. Nothing listens on an address that was not added.
type Network struct {
	mu      sync.Mutex
	accepts map[string]func(context.Context, net.Conn)
}

// NewNetwork returns an empty network.
func NewNetwork() *Network {
	return &Network{accepts: map[string]func(context.Context, net.Conn){}}
}

// Dial connects to an address.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	accept := n.accepts[address]
	n.mu.Unlock()
	if accept == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	client, server := memPipe()
	accept(ctx, server)
	return client, nil
}

// Embedded runs an embedded job server at an address until the test ends.
func (n *Network) Embedded(t *testing.T, address string) {
	listener := newMemListener()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- jobserver.New(jobserver.Options{}).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		<-served
	})
	n.listen(address, listener)
}

// listen makes a listener accept the connections to an address.
func (n *Network) listen(address string, l *memListener) {
	n.add(address, func(ctx context.Context, c net.Conn) {
		select {
		case l.dialled <- c:
		case <-l.closed:
			c.Close()
		case <-ctx.Done():
			c.Close()
		}
	})
}

// Scripted runs a scripted server at an address until the test ends.
func (n *Network) Scripted(t *testing.T, address string, script ...Step) *Scripted {
	s := NewScripted(t, script...)
	n.add(address, func(_ context.Context, c net.Conn) { go s.Handle(c) })
	return s
}

// Remove makes nothing listen on an address.
func (n *Network) Remove(address string) { n.add(address, nil) }

func (n *Network) add(address string, accept func(context.Context, net.Conn)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.accepts[address] = accept
}

// Silence makes a server that accepts connections to an address and never answers.
func (n *Network) Silence(address string) {
	n.add(address, func(_ context.Context, c net.Conn) { go io.Copy(io.Discard, c) })
}
