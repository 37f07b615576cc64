package drain_test

import (
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestADrainThatWaitsServesEveryQueue: a drain that does not end gives no queue the turn of another.
func TestADrainThatWaitsServesEveryQueue(t *testing.T) {
	t.Parallel()
	for name, waits := range map[string][]string{"follow": {"--follow"}, "for": {"--for", "1h"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			queues := []string{"a", "b", "c", "d", "e"}
			for _, q := range queues {
				commandtest.FillQueue(t, server, q, 2)
			}
			d := commandtest.Start(t, append(append([]string{"-s", server, "drain", "--yes"}, waits...), queues...)...)
			for _, q := range queues {
				servertest.WaitTotal(t, server, q, 0)
			}
			d.Stop()
		})
	}
}
