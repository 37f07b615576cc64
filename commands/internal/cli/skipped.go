package cli

import (
	"errors"
	"sync"

	"gearctl/wire"
)

// SkippedServers are the servers about which noteSkipped has said something.
type SkippedServers struct {
	mu    sync.Mutex
	Noted map[string]bool
}

// NoteSkipped says, once for each server, why taken was used and not a server before it. It may be called side by side.
func (e *Env) NoteSkipped(errs []error, taken string) {
	s := e.Skipped
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, err := range errs {
		var op *wire.OpError
		if errors.As(err, &op) {
			if s.Noted[op.Server] {
				continue
			}
			s.Noted[op.Server] = true
		}
		e.Info("%v; using %s", err, taken)
	}
}
