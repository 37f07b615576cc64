package wire

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Limiter limits how many jobs the workers of several connections do at a time, and in total. Free room goes to the worker
// that has waited longest, so that one with a long queue does not starve the others. It is safe for concurrent use.
type Limiter struct {
	mu      sync.Mutex
	size    int             // jobs at a time
	free    int             // below 0 after Resize, until jobs have ended
	left    int64           // jobs still to be done or reserved; below 0: any number
	reserve int64           // jobs being asked for or done
	waiters []limiterWaiter // calls of Acquire, oldest first
}

// limiterWaiter is a call of Acquire that waits.
type limiterWaiter struct {
	since time.Time
	room  chan bool // receives once whether it got room
}

// limiterTurn is how long a waiter may wait while others renew: changing connections after each job would cost more than a
// short job.
const limiterTurn = time.Millisecond

// NewLimiter returns a Limiter for n jobs at a time, and jobs in total; 0: any number.
func NewLimiter(n int, jobs int64) *Limiter {
	s := &Limiter{size: n, free: n, left: jobs}
	if jobs == 0 {
		s.left = -1
	}
	return s
}

// Resize changes how many jobs there may be at a time. Those in progress go on, also where there are more now than there may be.
func (s *Limiter) Resize(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n - s.size
	s.size = n
	s.serveWaitersLocked()
}

// TryAcquire acquires room for one more job if there is some now.
func (s *Limiter) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acquireLocked()
}

// acquireLocked takes room if there is some. There is none while a call waits: Release passes it on.
func (s *Limiter) acquireLocked() bool {
	if s.free <= 0 || s.left == 0 {
		return false
	}
	s.free--
	s.reserve++
	if s.left > 0 {
		s.left--
	}
	return true
}

// Acquire waits for room for one more job. It returns false when ctx ends or all jobs are done.
func (s *Limiter) Acquire(ctx context.Context) bool {
	s.mu.Lock()
	if ctx.Err() != nil || s.doneLocked() {
		s.mu.Unlock()
		return false
	}
	if s.acquireLocked() {
		s.mu.Unlock()
		return true
	}
	room := make(chan bool, 1)
	s.waiters = append(s.waiters, limiterWaiter{time.Now(), room})
	s.mu.Unlock()
	select {
	case got := <-room:
		return got
	case <-ctx.Done():
		s.giveUp(room)
		return false
	}
}

// giveUp removes a waiter, or releases the room that it got meanwhile.
func (s *Limiter) giveUp(room chan bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.waiters, func(w limiterWaiter) bool { return w.room == room }); i >= 0 {
		s.waiters = slices.Delete(s.waiters, i, i+1)
		return
	}
	if <-room {
		s.releaseLocked(false)
	}
}

// Release frees the room of a job; did reports whether there was a job.
func (s *Limiter) Release(did bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releaseLocked(did)
}

// Renew is Release(true) followed by TryAcquire, except that only a waiter of at least a millisecond is preferred. It reports
// whether there is room.
func (s *Limiter) Renew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 || len(s.waiters) > 0 && time.Since(s.waiters[0].since) >= limiterTurn {
		s.releaseLocked(true)
		return false
	}
	if s.left > 0 {
		s.left--
	}
	return true
}

func (s *Limiter) releaseLocked(did bool) {
	s.free++
	s.reserve--
	if !did && s.left >= 0 {
		s.left++
	}
	s.serveWaitersLocked()
}

func (s *Limiter) serveWaitersLocked() {
	for len(s.waiters) > 0 && (s.doneLocked() || s.acquireLocked()) {
		s.waiters[0].room <- !s.doneLocked()
		s.waiters = slices.Delete(s.waiters, 0, 1)
	}
}

// Limited reports whether the total number of jobs is limited.
func (s *Limiter) Limited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left >= 0
}

// Full reports whether there is no room now.
func (s *Limiter) Full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free <= 0
}

// Done reports whether all jobs have been done.
func (s *Limiter) Done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doneLocked()
}

func (s *Limiter) doneLocked() bool { return s.left == 0 && s.reserve == 0 }
