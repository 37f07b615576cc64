package jobserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Server is a job server, made by New. It may serve several listeners at once.
type Server struct {
	opts Options
	wg   sync.WaitGroup // the goroutines of all connections

	unsent *budget             // bytes waiting in all outboxes
	bodies *semaphore.Weighted // bytes of long requests that are being read or answered

	mu        sync.Mutex // guards all below, and everything they point to
	listeners map[net.Listener]struct{}
	closed    bool
	conns     sequence[conn]
	functions functionTable
	jobs      jobTable
	memory    int     // bytes of jobs and attached clients
	wasFull   bool    // result of the last call of full
	dirty     []*conn // connections whose writer must be woken
}

// New returns a server. Serve starts it.
func New(o Options) *Server {
	o = o.withDefaults()
	return &Server{
		opts:      o,
		unsent:    newBudget(o.MaxBuffered),
		bodies:    semaphore.NewWeighted(int64(max(o.MaxBuffered, o.MaxPacket))),
		listeners: map[net.Listener]struct{}{},
		functions: newFunctionTable(),
		jobs:      newJobTable(),
	}
}

// Serve accepts connections from l until ctx ends or the server is closed. It then returns nil, after all connections of
// the server are closed and their goroutines have ended. If l fails, it returns the error at once, and connections stay
// open until Close. It always closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	if !s.addListener(l) {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	for {
		nc, err := l.Accept()
		if err != nil {
			return s.endServe(l, err)
		}
		s.start(nc)
	}
}

// Close closes all listeners and connections and waits until their goroutines have ended. Jobs are lost. It returns nil.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for l := range s.listeners {
		l.Close()
	}
	for _, c := range s.conns.after(0) {
		c.closeSocket()
	}
	for _, f := range s.functions.order.after(0) {
		f.wake.stop()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// addListener registers l for Close. It returns false if the server is closed.
func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.listeners[l] = struct{}{}
	}
	return !s.closed
}

// start serves a new connection in a goroutine, unless the server is closed.
func (s *Server) start(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		nc.Close()
		return
	}
	s.wg.Go(func() { s.serveConn(nc) })
}

// endServe ends Serve after Accept failed with cause.
func (s *Server) endServe(l net.Listener, cause error) error {
	s.mu.Lock()
	delete(s.listeners, l)
	closed := s.closed
	s.mu.Unlock()
	if closed {
		s.wg.Wait()
		return nil
	}
	if errors.Is(cause, net.ErrClosed) {
		return fmt.Errorf("serve %v: listener closed by the caller", l.Addr())
	}
	return fmt.Errorf("serve %v: %w", l.Addr(), cause)
}

// flush wakes the writers of all dirty connections.
func (s *Server) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.dirty {
		c.dirty = false
		c.out.wake()
		s.dirty[i] = nil
	}
	s.dirty = s.dirty[:0]
}
