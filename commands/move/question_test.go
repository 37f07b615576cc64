package move_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestTheQuestionNamesWhatIsMoved: with --max that is less than what waits.
func TestTheQuestionNamesWhatIsMoved(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.FillQueue(t, addr, "q", 5)
	for flags, says := range map[string]string{"": "move 5 jobs to ", "--max 2": "move 2 jobs to ", "--max 9": "move 5 jobs to ", "--copy --max 1": "copy 1 job to "} {
		argv := append([]string{"-s", addr, "move", "q", "r"}, strings.Fields(flags)...)
		if r := commandtest.OnTerminal(t, "n\n", argv...); !strings.Contains(r.Stderr, says) {
			t.Errorf("%s: the question must say %q, got %q", flags, says, r.Stderr)
		}
	}
}
