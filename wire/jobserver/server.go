package jobserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Server is a job server. Make one with New; it may serve several listeners at once.
type Server struct {
	opts Options
	wg   sync.WaitGroup // the goroutines of all connections

	unsent *budget             // answers that wait for clients to read them
	bodies *semaphore.Weighted // bytes of long requests that are being read or answered

	mu        sync.Mutex // guards all below, and the books that hang from them
	listeners map[net.Listener]struct{}
	closed    bool
	conns     sequence[conn]
	functions functionTable
	jobs      jobTable
	stored    int     // bytes of jobs and waiting clients
	wasFull   bool    // when it was asked last
	dirty     []*conn // connections whose outbox has something that their writer was not told of
}

// New returns a server that waits for Serve.
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

// Serve accepts connections from l, which it closes, until ctx ends or the server is closed, and then returns nil
// after all connections of the server are closed and their goroutines have ended. When l fails it returns that error at
// once; the connections live on until Close.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	if !s.listen(l) {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	for {
		nc, err := l.Accept()
		if err != nil {
			return s.endServe(l, err)
		}
		s.admit(nc)
	}
}

// Close closes the listeners and connections and waits until their goroutines have ended. Jobs are forgotten.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for l := range s.listeners {
		l.Close()
	}
	for _, c := range s.conns.after(0) {
		c.cut()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// listen enters l among the listeners that Close closes; false when the server is closed already.
func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.listeners[l] = struct{}{}
	}
	return !s.closed
}

// admit starts the goroutine of a new connection, unless the server is closed.
func (s *Server) admit(nc net.Conn) {
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
		return fmt.Errorf("serve %v: the listener was closed by another", l.Addr())
	}
	return fmt.Errorf("serve %v: %w", l.Addr(), cause)
}

// flush lets the writers of all connections that were sent something know.
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
