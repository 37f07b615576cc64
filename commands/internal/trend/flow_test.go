package trend

import (
	"math/rand/v2"
	"testing"
)

// TestFlowCountsWhatIsNotSaid: a flow to which only changes are added has the sums of one to which every poll was.
func TestFlowCountsWhatIsNotSaid(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var f Flow
	var changes []int64 // of the polls from Window on
	for poll := int64(Window); poll < 2000; poll++ {
		change := int64(0)
		if random.IntN(int(poll/100)+1) == 0 { // ever less often
			change = random.Int64N(21) - 10
			f.Add(poll, change)
		}
		changes = append(changes, change)
		var rise, fall int64
		for _, c := range changes[max(0, len(changes)-Window):] {
			rise, fall = rise+max(0, c), fall+max(0, -c)
		}
		gotRise, gotFall := f.Sums(poll + 1)
		lastRise, lastFall := f.Last(poll + 1)
		if gotRise != rise || gotFall != fall || lastRise-lastFall != change {
			t.Fatalf("poll %d: got %d, %d, the last %d, %d; want %d, %d, the last %d", poll, gotRise, gotFall, lastRise, lastFall, rise, fall, change)
		}
	}
}
