package top

import (
	"testing"

	"gearctl/wire"
)

// TestAWorkerWithoutAnID is known by its address and number.
func TestAWorkerWithoutAnID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"-": "gm1  10.0.0.7  fd 33", "lab": "gm1  10.0.0.7  lab  fd 33"} {
		if got := workerLine("gm1", rowID{queue: "q"}, wire.WorkerStatus{FD: 33, Address: "10.0.0.7", ID: id, Functions: []string{"q"}}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
