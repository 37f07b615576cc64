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
