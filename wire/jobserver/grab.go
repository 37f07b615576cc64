package jobserver

import "gearctl/wire"

// grab handles GRAB_JOB, GRAB_JOB_UNIQ and GRAB_JOB_ALL. GRAB_JOB_ALL is answered with JOB_ASSIGN_ALL if the job has a
// reducer, else like GRAB_JOB_UNIQ.
func (c *conn) grab(p wire.Packet) {
	c.sleeping, c.noopSent = false, false
	j := c.srv.nextJob(c)
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
		c.timer.start(c.srv, j.worker, j)
	}
}

// nextJob assigns c its next job and returns it, or nil. It destroys ignored jobs whose turn it is.
func (s *Server) nextJob(c *conn) *job {
	for a := range c.abilities.all {
		for {
			j := s.runnable(a.fn.firstQueue())
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

// firstQueue returns the queue that a grab searches: the first that is not empty, even if all its jobs are due later. They
// hide the queues of lower priority (B.5.15).
func (f *function) firstQueue() *list[*job] {
	for p := wire.PriorityHigh; p < wire.PriorityLow; p++ {
		if f.waiting[p].n > 0 {
			return &f.waiting[p]
		}
	}
	return &f.waiting[wire.PriorityLow]
}

// runnable returns the first job of a queue that is due, or nil.
func (s *Server) runnable(l *list[*job]) *job {
	for j := range l.all {
		if j.when == 0 || j.when <= s.opts.Now().Unix() {
			return j
		}
	}
	return nil
}

// preSleep answers NOOP if there is a job for c; otherwise c sleeps until one comes.
func (c *conn) preSleep(wire.Packet) {
	if c.srv.hasJob(c) {
		c.send(wire.Noop)
		return
	}
	c.sleeping = true
	c.timer.stop()
}

// hasJob reports whether a job of one of c's functions is due, and destroys ignored jobs on the way. It searches all
// queues, including those that future jobs hide from a grab (B.5.15). gearmand clears the mark of the ignored job and
// destroys the next job of a grab (B.5.4); this server destroys the ignored one.
func (s *Server) hasJob(c *conn) bool {
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
