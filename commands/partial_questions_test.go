package commands_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestWhatIsDestroyedOnSomeServersIsPartial: one of two servers does not answer. What is done on the other, or would be with
// --dry-run, ends with exit code 4 and the name of the former.
func TestWhatIsDestroyedOnSomeServersIsPartial(t *testing.T) {
	t.Parallel()
	down := servertest.DeadAddr
	eachQuestion(t, func(t *testing.T, q question, addr, arg string) {
		before := stateOf(t, addr)
		for _, flag := range []string{"--dry-run", "--yes"} {
			got := q.ask(t, addr+","+down, arg, "", nil, flag)
			if got.Code != commandtest.ExitPartial || strings.Count(got.Stderr, "dial "+down+": connection refused") == 0 || strings.Contains(got.Stderr, "[y/N]") {
				t.Errorf("%s: want exit code 4 and the name of the server that did not answer: %+v", flag, got)
			}
			if after := stateOf(t, addr); flag == "--dry-run" && after != before {
				t.Fatalf("a dry run changed something: before\n%safter\n%s", before, after)
			}
		}
	})
}
