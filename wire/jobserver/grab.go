package jobserver

import "gearctl/wire"

// grab handles GRAB_JOB, GRAB_JOB_UNIQ and GRAB_JOB_ALL. Only GRAB_JOB_ALL learns of a reducer, and only when the job
// has one; a job without is assigned as to GRAB_JOB_UNIQ.
func (c *conn) grab(p wire.Packet) {
	c.sleeping, c.noopSent = false, false
	j := c.srv.take(c)
	switch {
	case j == nil:
		c.send(wire.NoJob)
	case p.Type == wire.GrabJob:
		c.send(wire.JobAssign, j.handle, j.fn.name, j.data)
	case p.Type == wire.GrabJobAll && len(j.reducer) > 0:
		c.send(wire.JobAssignAll, j.handle, j.fn.name, j.unique, j.reducer, j.data)
	default:
		c.send(wire.JobAssignUniq, j.handle, j.fn.name, j.unique, j.data)
	}
	if j != nil {
		c.watch.start(c.srv, j.worker, j)
	}
}

// take gives c its next job, or nil. Ignored jobs whose turn it is are destroyed on the way.
func (s *Server) take(c *conn) *job {
	for a := range c.abilities.all {
		for {
			j := s.runnable(a.fn.first())
			if j == nil {
				break
			}
			if j.ignored {
				s.destroy(j)
				continue
			}
			j.place.remove()
			j.worker = a
			a.held.pushFront(&j.place, j)
			j.fn.running++
			return j
		}
	}
	return nil
}

// first returns the queue that a grab looks at: the first that is not empty, even when all its jobs lie in the future,
// which then hide the queues behind it (B.5.15).
func (f *function) first() *list[*job] {
	for p := high; p < low; p++ {
		if f.waiting[p].n > 0 {
			return &f.waiting[p]
		}
	}
	return &f.waiting[low]
}

// runnable returns the first job of a queue whose time has come, or nil.
func (s *Server) runnable(l *list[*job]) *job {
	for j := range l.all {
		if j.when == 0 || j.when <= s.opts.Now().Unix() {
			return j
		}
	}
	return nil
}

// preSleep answers NOOP when c has a job to take, else c sleeps until one comes.
func (c *conn) preSleep(wire.Packet) {
	if c.srv.peek(c) {
		c.send(wire.Noop)
		return
	}
	c.sleeping = true
	c.watch.stop()
}

// peek reports whether a job of one of c's functions could run, and destroys ignored jobs that it meets. It looks into
// all queues, also those that a future job hides from a grab (B.5.15). gearmand clears the mark of an ignored job and
// destroys what a grab would give (B.5.4); here it is always the ignored one that goes.
func (s *Server) peek(c *conn) bool {
	for a := range c.abilities.all {
		for p := range a.fn.waiting {
			for {
				j := s.runnable(&a.fn.waiting[p])
				if j == nil {
					break
				}
				if !j.ignored {
					return true
				}
				s.destroy(j)
			}
		}
	}
	return false
}
