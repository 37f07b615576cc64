package jobserver

import "time"

// overrun is the watch of one connection over the job that it grabbed last, when it declared a CAN_DO_TIMEOUT for its
// function: gearmand has one timer a connection, and each grab sets it anew.
type overrun struct {
	job   *job
	timer *time.Timer
}

// start watches j, which a holds, if a has a timeout; any job watched before is no longer.
func (o *overrun) start(s *Server, a *ability, j *job) {
	o.stop()
	if a.timeout == 0 {
		return
	}
	o.job = j
	o.timer = time.AfterFunc(a.timeout, func() { s.overran(a, j) })
}

func (o *overrun) stop() {
	if o.timer != nil {
		o.timer.Stop()
	}
	*o = overrun{}
}

// forget stops the watch if it is over j.
func (o *overrun) forget(j *job) {
	if o.job == j {
		o.stop()
	}
}

// overran hands j back for another worker; the one that was too slow is not told, and hears JOB_NOT_FOUND when it
// answers.
func (s *Server) overran(a *ability, j *job) {
	s.mu.Lock()
	if j.worker == a && a.conn.watch.job == j {
		s.opts.Log.Warn("worker overran its timeout", "handle", string(j.handle))
		s.release(j)
	}
	s.mu.Unlock()
	s.flush()
}
