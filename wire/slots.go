package wire

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Slots bounds how many jobs the workers of several connections have in hand, and how many they do in all. Room goes to
// the one that has waited longest, so that a worker whose queue is long does not keep the others from their jobs.
type Slots struct {
	mu      sync.Mutex
	free    int
	left    int64        // jobs still to be done or reserved; below 0: any number
	reserve int64        // jobs being asked for or done
	waiters []slotWaiter // calls of Acquire, oldest first
}

// slotWaiter is a call of Acquire that waits.
type slotWaiter struct {
	since time.Time
	room  chan bool // tells once whether it has room
}

// slotTurn is how long a waiter may wait while others renew: to change connections after each job would cost more than a
// short job does.
const slotTurn = time.Millisecond

// NewSlots returns Slots for n jobs at a time. jobs is how many are done in all; 0: any number.
func NewSlots(n int, jobs int64) *Slots {
	s := &Slots{free: n, left: jobs}
	if jobs == 0 {
		s.left = -1
	}
	return s
}

// TryAcquire acquires room for one more job if there is some now.
func (s *Slots) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acquireLocked()
}

// acquireLocked takes room if there is some. While somebody waits there is none: Release hands it over.
func (s *Slots) acquireLocked() bool {
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

// Acquire waits for room for one more job. It returns false when ctx has ended or all jobs are done.
func (s *Slots) Acquire(ctx context.Context) bool {
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
	s.waiters = append(s.waiters, slotWaiter{time.Now(), room})
	s.mu.Unlock()
	select {
	case got := <-room:
		return got
	case <-ctx.Done():
		s.giveUp(room)
		return false
	}
}

// giveUp takes a waiter out of the line, or releases the room that it was given meanwhile.
func (s *Slots) giveUp(room chan bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.waiters, func(w slotWaiter) bool { return w.room == room }); i >= 0 {
		s.waiters = slices.Delete(s.waiters, i, i+1)
		return
	}
	if <-room {
		s.releaseLocked(false)
	}
}

// Release gives the room back; did tells whether there was a job.
func (s *Slots) Release(did bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releaseLocked(did)
}

// Renew is Release of room for a job that was done, and TryAcquire, in which nobody gets ahead who has waited for less than
// a millisecond.
func (s *Slots) Renew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 || len(s.waiters) > 0 && time.Since(s.waiters[0].since) >= slotTurn {
		s.releaseLocked(true)
		return false
	}
	if s.left > 0 {
		s.left--
	}
	return true
}

func (s *Slots) releaseLocked(did bool) {
	s.free++
	s.reserve--
	if !did && s.left >= 0 {
		s.left++
	}
	for len(s.waiters) > 0 && (s.doneLocked() || s.acquireLocked()) {
		s.waiters[0].room <- !s.doneLocked()
		s.waiters = slices.Delete(s.waiters, 0, 1)
	}
}

// Limited reports whether there is a number of jobs to be done in all.
func (s *Slots) Limited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left >= 0
}

// Crowded reports whether there is no room now.
func (s *Slots) Crowded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free <= 0
}

// Done reports whether as many jobs have been done as were to be.
func (s *Slots) Done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doneLocked()
}

func (s *Slots) doneLocked() bool { return s.left == 0 && s.reserve == 0 }
