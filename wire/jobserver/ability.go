package jobserver

import (
	"bytes"
	"time"

	"gearctl/wire"
)

// ability is one connection's readiness to do one function, and the jobs of it that the connection holds.
type ability struct {
	conn    *conn
	fn      *function
	timeout time.Duration // of CAN_DO_TIMEOUT; 0: none
	held    list[*job]    // newest first: that is the order of their release (B.5.6)
	ofConn  node[*ability]
	ofFn    node[*ability]
}

const (
	leastTimeout   = time.Second // what gearmand raises a shorter CAN_DO_TIMEOUT to (connection.cc)
	longestTimeout = 100 * 365 * 24 * time.Hour
)

func (c *conn) canDo(p wire.Packet) { c.declare(p.Arg(0), 0) }

func (c *conn) canDoTimeout(p wire.Packet) {
	ms := leadingInt(p.Arg(1))
	if ms <= 0 {
		c.declare(p.Arg(0), 0)
		return
	}
	d := time.Duration(min(ms, int64(longestTimeout/time.Millisecond))) * time.Millisecond
	c.declare(p.Arg(0), max(d, leastTimeout))
}

// maxAbilities is how many declarations a connection may have. There is no answer that refuses one, so it is closed.
const maxAbilities = 100_000

// declare notes that c can do a function.
func (c *conn) declare(name []byte, timeout time.Duration) {
	if c.abilities.n >= maxAbilities {
		c.srv.opts.Log.Warn("connection closed: too many declarations of functions", "peer", c.peer(), "limit", maxAbilities)
		c.cut()
		return
	}
	a := &ability{conn: c, fn: c.srv.functions.obtain(name), timeout: timeout}
	c.abilities.pushFront(&a.ofConn, a)
	a.fn.workers.pushBack(&a.ofFn, a)
}

func (c *conn) cantDo(p wire.Packet) {
	for a := range c.abilities.all {
		if bytes.Equal(a.fn.name, p.Arg(0)) {
			c.srv.dropAbility(a)
		}
	}
}

func (c *conn) resetAbilities(wire.Packet) { c.srv.dropAbilities(c) }

func (s *Server) dropAbilities(c *conn) {
	for a := range c.abilities.all {
		s.dropAbility(a)
	}
}

// dropAbility hands back what a holds, newest first, and forgets it.
func (s *Server) dropAbility(a *ability) {
	for j := range a.held.all {
		s.release(j)
	}
	a.ofConn.remove()
	a.ofFn.remove()
}

// release puts a held job back to the tail of its queue, one retry older; the job whose retries reach the limit is
// destroyed and its clients are told that it failed (job.cc).
func (s *Server) release(j *job) {
	j.retries++
	if limit := s.opts.JobRetries; limit > 0 && j.retries == uint32(limit) {
		s.opts.Log.Warn("job destroyed after its last retry", "handle", string(j.handle), "retries", j.retries)
		j.fail()
		s.destroy(j)
		return
	}
	j.worker.conn.watch.forget(j)
	j.worker = nil
	j.fn.running--
	j.num, j.den = 0, 0
	j.place.remove()
	s.enqueue(j)
}
