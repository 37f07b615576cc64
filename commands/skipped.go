package commands

import (
	"errors"
	"sync"

	"gearctl/wire"
)

// skippedServers are the servers about which noteSkipped has said something.
type skippedServers struct {
	mu    sync.Mutex
	noted map[string]bool
}

// noteSkipped says, once for each server, why taken was used and not a server before it. It may be called side by side.
func (e *Env) noteSkipped(errs []error, taken string) {
	s := e.skipped
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, err := range errs {
		var op *wire.OpError
		if errors.As(err, &op) {
			if s.noted[op.Server] {
				continue
			}
			s.noted[op.Server] = true
		}
		e.Info("%v; using %s", err, taken)
	}
}
