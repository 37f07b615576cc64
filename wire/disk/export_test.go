package disk

import (
	"testing"
	"time"
)

// SetPipeTimeout sets for a test how long the writer of a pipe may pause.
func SetPipeTimeout(t *testing.T, d time.Duration) {
	old := pipeTimeout
	pipeTimeout = d
	t.Cleanup(func() { pipeTimeout = old })
}
