package servertest

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// Network is a network in memory for tests in a synctest bubble: Dial is a wire.Dialer's NetDial. Connections are
// buffered, and a closed one delivers what was written before. Nothing listens on an address that was not added.
type Network struct {
	mu    sync.Mutex
	dials map[string]func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewNetwork returns an empty network, whose connections end with the test.
func NewNetwork(t *testing.T) *Network {
	t.Cleanup(func() { time.Sleep(time.Hour) }) // of the bubble's time: what is on its way arrives
	return &Network{dials: map[string]func(context.Context, string, string) (net.Conn, error){}}
}

// Dial connects to an address.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	dial := n.dials[address]
	n.mu.Unlock()
	if dial == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return dial(ctx, network, address)
}

// Embedded runs an embedded job server at an address.
func (n *Network) Embedded(t *testing.T, address string) {
	listener, dial := new(gearmandtest.Link).Memory()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- jobserver.New(jobserver.Options{}).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		<-served
	})
	n.add(address, dial)
}

// Scripted runs a scripted server at an address.
func (n *Network) Scripted(t *testing.T, address string, script ...Step) *Scripted {
	s := NewScripted(t, script...)
	n.add(address, new(gearmandtest.Link).Dialer(func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go s.Handle(server)
		return client, nil
	}))
	return s
}

// Remove makes nothing listen on an address.
func (n *Network) Remove(address string) { n.add(address, nil) }

func (n *Network) add(address string, dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials[address] = dial
}
