package gearmandtest

import (
	"context"
	"net"
	"sync"
)

// Memory returns an in-memory listener, and a function that dials it, for tests in a synctest bubble.
func Memory() (net.Listener, func(ctx context.Context, network, address string) (net.Conn, error)) {
	m := &memory{dialled: make(chan net.Conn), closed: make(chan struct{})}
	return m, m.dial
}

// Memory is the function Memory with the link in between.
func (l *Link) Memory() (net.Listener, func(ctx context.Context, network, address string) (net.Conn, error)) {
	listener, dial := Memory()
	return listener, l.Dialer(dial)
}

type memory struct {
	dialled chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case m.dialled <- far:
		return near, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.dialled:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4730} }
