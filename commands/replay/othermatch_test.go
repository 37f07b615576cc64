package replay_test

import (
	"path/filepath"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestACheckpointIsOfOneFilter: with another --match, or without, it would leave out records that it never submitted.
func TestACheckpointIsOfOneFilter(t *testing.T) {
	t.Parallel()
	addr, dir := servertest.Embedded(t), t.TempDir()
	archive := filepath.Join(dir, "jobs")
	commandtest.FillQueue(t, addr, "q", 3)
	if r := commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes", "--to", archive); r.Code != 0 {
		t.Fatal(r.Stderr)
	}
	filters := [][]string{nil, {"--match", "payload=1"}, {"--match", "payload=2"}}
	for i, first := range filters {
		for j, next := range filters {
			replay := []string{"-s", servertest.Embedded(t), "replay", archive, "--checkpoint", filepath.Join(t.TempDir(), "done")}
			commandtest.WantRun(t, commandtest.Gearctl(t, "", append(replay, first...)...), commandtest.ExitOK)
			r := commandtest.Gearctl(t, "", append(replay, next...)...)
			if i == j {
				commandtest.WantRun(t, r, commandtest.ExitOK)
			} else {
				commandtest.WantRun(t, r, commandtest.ExitFailed, "belongs to a replay with a different --match")
			}
		}
	}
}
