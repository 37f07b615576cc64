package top_test

import (
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAServerWithoutPriorities is no server that fails: it has rows without them.
func TestAServerWithoutPriorities(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	commandtest.FillQueue(t, server, "q", 2)
	addr := servertest.ServerAnswering(t, server, map[string]string{"version": "OK 1.1.20\n", "prioritystatus": "ERR UNKNOWN_COMMAND Unknown+server+command\n"})
	r := commandtest.Gearctl(t, "", "-s", addr, "top", "--batch", "1", "--priorities", "-o", "csv", "--columns", "queue,waiting")
	commandtest.WantMatch(t, r, 0, "^queue,waiting\nq,2\n$", "^$")
}
