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
	next := s.nextByPriority
	if s.opts.Like == Release11 {
		next = s.nextByFunction
	}
	for {
		j, a := next(c)
		switch {
		case j == nil:
			return nil
		case j.ignored:
			s.destroy(j)
		default:
			a.hold(j)
			return j
		}
	}
}

// hold moves a waiting job to those that a's connection holds.
func (a *ability) hold(j *job) {
	j.place.remove()
	j.worker = a
	a.held.pushFront(&j.place, j)
	j.fn.running++
}

// nextByFunction finds the next job of c as gearmand before 2.0.0: the function declared last comes first, with all its
// priorities.
func (s *Server) nextByFunction(c *conn) (*job, *ability) {
	for a := range c.abilities.all {
		if j := s.runnable(a.fn.firstQueue()); j != nil {
			return j, a
		}
	}
	return nil, nil
}

// nextByPriority finds the next job of c as gearmand from 2.0.0: each priority of all functions comes before the next, and
// the function that was looked at goes to the end, so that they take turns. gearmand can do so without end when all jobs
// of a priority are due later; here each function has one turn.
func (s *Server) nextByPriority(c *conn) (*job, *ability) {
	for p := wire.PriorityHigh; p <= wire.PriorityLow; p++ {
		n := c.abilities.head
		for range c.abilities.n {
			a, here := n.value, n
			n = n.next
			if a.fn.waiting[p].n == 0 {
				continue
			}
			here.remove()
			c.abilities.pushBack(here, a)
			if j := s.runnable(&a.fn.waiting[p]); j != nil {
				return j, a
			}
		}
	}
	return nil, nil
}

// firstQueue returns the queue that a grab searches before 2.0.0: the first that is not empty, even if all its jobs are due
// later. They hide the queues of lower priority (B.5.15).
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
// queues, including those that future jobs hide from a grab before 2.0.0 (B.5.15). gearmand clears the mark of the ignored job and
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
