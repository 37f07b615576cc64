package health

import (
	"context"
	"sync"
	"time"
)

// reachability collects which servers answer.
type reachability struct {
	mu        sync.Mutex
	servers   []string
	reachable []bool
	left      int
	all       chan struct{} // closed when every server was tried
}

func newReachability(servers []string) *reachability {
	return &reachability{servers: servers, reachable: make([]bool, len(servers)), left: len(servers), all: make(chan struct{})}
}

// set records once whether server i answers.
func (r *reachability) set(i int, good bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reachable[i] = good
	if r.left--; r.left == 0 {
		close(r.all)
	}
}

// wait returns the servers that answer, first first. It waits up to d for those not yet tried.
func (r *reachability) wait(ctx context.Context, first string, d time.Duration) []string {
	enough := time.NewTimer(d)
	defer enough.Stop()
	select {
	case <-r.all:
	case <-enough.C:
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []string{first}
	for i, server := range r.servers {
		if r.reachable[i] && server != first {
			list = append(list, server)
		}
	}
	return list
}
