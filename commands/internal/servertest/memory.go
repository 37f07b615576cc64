package servertest

import (
	"context"
	"net"
	"syscall"
	"testing"

	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// Memory is embedded job servers by address, reached without a network, so that whole commands run in a synctest bubble.
type Memory map[string]DialFunc

// NewMemory starts an embedded job server for each address, until stop is called.
func NewMemory(t testing.TB, addrs ...string) (m Memory, stop func()) {
	t.Helper()
	m = Memory{}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	for _, addr := range addrs {
		var l net.Listener
		l, m[addr] = gearmandtest.Memory()
		go func() { served <- jobserver.New(jobserver.Options{}).Serve(ctx, l) }()
	}
	return m, func() {
		cancel()
		for range addrs {
			<-served
		}
	}
}

// Dial is a cli.Env.NetDial. Other addresses refuse the connection.
func (m Memory) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if dial := m[address]; dial != nil {
		return dial(ctx, network, address)
	}
	return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
}
