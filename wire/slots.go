package wire

import (
	"context"
	"sync"
)

// Slots bounds how many jobs the workers of several connections have in hand, and how many they do in all.
type Slots struct {
	mu      sync.Mutex
	change  *sync.Cond
	free    int
	left    int64 // jobs still to be done or reserved; below 0: any number
	reserve int64 // jobs being asked for or done
}

// NewSlots returns Slots for n jobs at a time. jobs is how many are done in all; 0: any number.
func NewSlots(n int, jobs int64) *Slots {
	s := &Slots{free: n, left: jobs}
	if jobs == 0 {
		s.left = -1
	}
	s.change = sync.NewCond(&s.mu)
	return s
}

// TryAcquire acquires room for one more job if there is some now.
func (s *Slots) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acquireLocked()
}

// acquireLocked takes room if there is some.
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
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.change.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for ctx.Err() == nil && !s.doneLocked() {
		if s.acquireLocked() {
			return true
		}
		s.change.Wait()
	}
	return false
}

// Release gives the room back; did tells whether there was a job.
func (s *Slots) Release(did bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free++
	s.reserve--
	if !did && s.left >= 0 {
		s.left++
	}
	s.change.Broadcast()
}

// Done reports whether as many jobs have been done as were to be.
func (s *Slots) Done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doneLocked()
}

func (s *Slots) doneLocked() bool { return s.left == 0 && s.reserve == 0 }
