package check

import (
	"slices"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/roundtrip"
)

// TestTheWorstOfSeveralChecksCounts: whatever their order, a check that is CRITICAL is never hidden by one that is UNKNOWN, WARNING
// or OK, and none of these by a lighter one.
func TestTheWorstOfSeveralChecksCounts(t *testing.T) {
	gravity := []int{0, 1, 3, 2} // OK, WARNING, UNKNOWN, CRITICAL
	for n := range 4 * 4 * 4 * 4 {
		codes := []int{n % 4, n / 4 % 4, n / 16 % 4, n / 64}
		p := &printer{env: &cli.Env{}}
		worst := 0
		for _, code := range codes {
			p.print(roundtrip.Report{ReturnCode: code})
			worst = max(worst, slices.Index(gravity, code))
		}
		if p.worst != gravity[worst] {
			t.Errorf("checks that return %v: the command's state is %d, want %d", codes, p.worst, gravity[worst])
		}
	}
}
