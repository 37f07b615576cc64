package wire

import (
	"sync"
	"time"
)

// maxIdleAge is how long a connection is kept: a network may silently drop one that is idle.
const maxIdleAge = 3 * time.Second

// IdleConns keeps idle connections, one for each server, so that the next Dial needs no handshake. The zero value is empty. It
// is safe for concurrent use.
type IdleConns struct {
	mu    sync.Mutex
	conns map[string]idleConn
}

type idleConn struct {
	c     *Conn
	since time.Time
}

// put keeps c, unless there is one for its server, and reports that.
func (s *IdleConns) put(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.conns[c.server]; ok {
		return false
	}
	if s.conns == nil {
		s.conns = map[string]idleConn{}
	}
	s.conns[c.server] = idleConn{c, time.Now()}
	return true
}

// get returns a connection to server, or nil.
func (s *IdleConns) get(server string) *Conn {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.conns[server]
	delete(s.conns, server)
	if !ok {
		return nil
	}
	if time.Since(kept.since) > maxIdleAge {
		kept.c.Close()
		return nil
	}
	return kept.c
}

// Close closes the idle connections.
func (s *IdleConns) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for server, kept := range s.conns {
		kept.c.Close()
		delete(s.conns, server)
	}
}

// KeepIdle makes the next Close keep the connection for the next Dial of its server within three seconds, if the Dialer has Idle.
// All requests must have been answered, without an error.
func (c *Conn) KeepIdle() {
	c.keepIdle = c.dialer.Idle != nil && c.declared == "" && len(c.pipelined) == 0 && len(c.out) == 0
}
