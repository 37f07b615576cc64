package judge

import (
	"testing"

	"gearctl/wire"
)

// TestAQueueMovesWhenItHasFewerJobsThanInTheSampleBefore, not than in the first: jobs may have arrived in between.
func TestAQueueMovesWhenItHasFewerJobsThanInTheSampleBefore(t *testing.T) {
	t.Parallel()
	for total, want := range map[int64]bool{4: true, 5: true, 8: true, 9: false, 10: false} {
		s := Stall{First: wire.FunctionStatus{Total: 5}, Last: wire.FunctionStatus{Total: 9}}
		if moves := !s.Add(wire.FunctionStatus{Total: total}); moves != want {
			t.Errorf("from 5 over 9 to %d jobs: moves %v", total, moves)
		}
	}
}

// TestAJobThatIsOnlyTakenIsNoProgress, nor is one that a dying worker gives back: the queue has as many jobs as before.
func TestAJobThatIsOnlyTakenIsNoProgress(t *testing.T) {
	t.Parallel()
	s := NewStall(wire.FunctionStatus{Total: 5, Workers: 1})
	for _, running := range []int64{1, 0, 1, 2} {
		if !s.Add(wire.FunctionStatus{Total: 5, Running: running, Workers: 1}) {
			t.Errorf("5 jobs, then 5 with %d running, count as progress", running)
		}
	}
}
