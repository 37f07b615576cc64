package jobserver

import (
	"sync"
	"sync/atomic"
)

// budget counts bytes against a limit that is not a hard one: whoever may cause many more waits first.
type budget struct {
	limit int64
	used  atomic.Int64
	mu    sync.Mutex
	freed sync.Cond // used is within the limit again
}

func newBudget(limit int) *budget {
	b := &budget{limit: int64(limit)}
	b.freed.L = &b.mu
	return b
}

// add counts n bytes more, or fewer when n is negative. It does not block.
func (b *budget) add(n int) {
	now := b.used.Add(int64(n))
	if now <= b.limit && now-int64(n) > b.limit {
		b.mu.Lock()
		b.freed.Broadcast()
		b.mu.Unlock()
	}
}

func (b *budget) over() bool { return b.used.Load() > b.limit }

// await blocks while b is over its limit.
func (b *budget) await() {
	if !b.over() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.over() {
		b.freed.Wait()
	}
}
