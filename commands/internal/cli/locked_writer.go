package cli

import "sync"

// LockedWriter lets several goroutines write.
type LockedWriter struct {
	mu sync.Mutex
	W  interface{ Write([]byte) (int, error) }
}

func (l *LockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.W.Write(b)
}
