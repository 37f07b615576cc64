package jobserver

import (
	"bytes"
	"time"

	"gearctl/wire"
)

// ability is the declaration (CAN_DO) that a connection can do a function, with the jobs of it that the connection holds.
type ability struct {
	conn    *conn
	fn      *function
	timeout time.Duration // of CAN_DO_TIMEOUT; 0: none
	held    list[*job]    // newest first, the order in which they are released (B.5.6)
	ofConn  node[*ability]
	ofFn    node[*ability]
}

const (
	minTimeout = time.Second // gearmand raises shorter timeouts to it (connection.cc)
	maxTimeout = 100 * 365 * 24 * time.Hour
)

func (c *conn) canDo(p wire.Packet) { c.declare(p.Arg(0), 0) }

func (c *conn) canDoTimeout(p wire.Packet) {
	ms := leadingInt(p.Arg(1))
	if ms <= 0 {
		c.declare(p.Arg(0), 0)
		return
	}
	d := time.Duration(min(ms, int64(maxTimeout/time.Millisecond))) * time.Millisecond
	c.declare(p.Arg(0), max(d, minTimeout))
}

// maxAbilities limits the abilities of a connection. The protocol cannot refuse CAN_DO, so the connection is closed.
const maxAbilities = 100_000

// declare adds an ability to c.
func (c *conn) declare(name []byte, timeout time.Duration) {
	if c.abilities.n >= maxAbilities {
		c.srv.opts.Log.Warn("connection closed: too many declarations of functions", "peer", c.peer(), "limit", maxAbilities)
		c.closeSocket()
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

// dropAbility releases the jobs that a holds, newest first, and removes a.
func (s *Server) dropAbility(a *ability) {
	for j := range a.held.all {
		s.release(j)
	}
	a.ofConn.remove()
	a.ofFn.remove()
}

// release moves a held job to the tail of its queue and counts a retry. When the retries reach Options.JobRetries, the job
// is destroyed and its clients get WORK_FAIL (job.cc).
func (s *Server) release(j *job) {
	j.retries++
	if limit := s.opts.JobRetries; limit > 0 && j.retries == uint32(limit) {
		s.opts.Log.Warn("job destroyed after its last retry", "handle", string(j.handle), "retries", j.retries)
		j.fail()
		s.destroy(j)
		return
	}
	j.worker.conn.timer.forget(j)
	j.worker = nil
	j.fn.running--
	j.num, j.den = 0, 0
	j.place.remove()
	s.enqueue(j)
}
