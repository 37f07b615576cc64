package jobserver

import (
	"math"
	"time"

	"gearctl/wire"
)

// wake wakes the sleeping workers of a function when its next future job is due, from 2.0.0. A nil one is not set.
type wake struct {
	timer *time.Timer
	when  int64 // Unix time
}

// maxWake is how long a timer runs at most; then the jobs are looked at again.
const maxWake = 24 * time.Hour

// setWake sets the timer of f for a job that is due at when, if no other is due before.
func (s *Server) setWake(f *function, when int64) {
	if f.wake != nil && f.wake.when <= when {
		return
	}
	f.wake.stop()
	wait := maxWake
	if now := s.opts.Now(); when-now.Unix() < int64(maxWake/time.Second) {
		wait = time.Unix(when, 0).Sub(now)
	}
	w := &wake{when: when}
	f.wake = w
	w.timer = time.AfterFunc(wait, func() { s.wakeDue(f, w) }) // which takes s.mu first
}

func (w *wake) stop() {
	if w != nil {
		w.timer.Stop()
	}
}

// wakeDue wakes the workers of f if the time of w has come and no other has replaced it, and sets the timer for the next
// future job.
func (s *Server) wakeDue(f *function, w *wake) {
	defer s.flush()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || f.wake != w {
		return
	}
	now := s.opts.Now().Unix()
	if w.when <= now {
		f.wakeWorkers()
	}
	f.wake = nil
	next := int64(math.MaxInt64)
	for j := range f.waiting[wire.PriorityNormal].all { // the priority of all jobs that have a time
		if j.when > now {
			next = min(next, j.when)
		}
	}
	if next != math.MaxInt64 {
		s.setWake(f, next)
	}
}

// wakeWorkers wakes every sleeping worker of f once.
func (f *function) wakeWorkers() {
	for a := range f.workers.all {
		if a.conn.sleeping && !a.conn.noopSent {
			a.conn.noopSent = true
			a.conn.send(wire.Noop)
		}
	}
}
