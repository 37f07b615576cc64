package jobserver

import "time"

// jobTimer enforces the CAN_DO_TIMEOUT of the job that a connection grabbed last. Like gearmand, a connection has one timer,
// and each grab resets it.
type jobTimer struct {
	job   *job
	timer *time.Timer
}

// start starts the timer for j, held by a, if a has a timeout. It stops the timer of any other job.
func (o *jobTimer) start(s *Server, a *ability, j *job) {
	o.stop()
	if a.timeout == 0 {
		return
	}
	o.job = j
	o.timer = time.AfterFunc(a.timeout, func() { s.jobTimedOut(a, j) })
}

func (o *jobTimer) stop() {
	if o.timer != nil {
		o.timer.Stop()
	}
	*o = jobTimer{}
}

// forget stops the timer if it is for j.
func (o *jobTimer) forget(j *job) {
	if o.job == j {
		o.stop()
	}
}

// jobTimedOut releases j for another worker. The slow worker is not notified; it gets JOB_NOT_FOUND when it answers.
func (s *Server) jobTimedOut(a *ability, j *job) {
	s.mu.Lock()
	if j.worker == a && a.conn.timer.job == j {
		s.opts.Log.Warn("worker overran its timeout", "handle", string(j.handle))
		s.release(j)
	}
	s.mu.Unlock()
	s.flush()
}
