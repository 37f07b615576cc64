package jobserver

import (
	"sync"
	"sync/atomic"
)

// budget counts bytes against a soft limit. Callers that are about to use many more wait first.
type budget struct {
	limit int64
	used  atomic.Int64
	mu    sync.Mutex
	freed sync.Cond // used fell back to the limit
}

func newBudget(limit int) *budget {
	b := &budget{limit: int64(limit)}
	b.freed.L = &b.mu
	return b
}

// add adds n bytes, which may be negative. It does not block.
func (b *budget) add(n int) {
	now := b.used.Add(int64(n))
	if now <= b.limit && now-int64(n) > b.limit {
		b.mu.Lock()
		b.freed.Broadcast()
		b.mu.Unlock()
	}
}

func (b *budget) over() bool { return b.used.Load() > b.limit }

// wait blocks while b is over the limit.
func (b *budget) wait() {
	if !b.over() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.over() {
		b.freed.Wait()
	}
}
