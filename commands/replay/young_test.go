package replay_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAJobThatWasTooYoungIsReplayedLater: --older-than leaves a job out until it is old enough, and the checkpoint does not
// count it as done before.
func TestAJobThatWasTooYoungIsReplayedLater(t *testing.T) {
	t.Parallel()
	addr, dir := servertest.Embedded(t), t.TempDir()
	archive, checkpoint := filepath.Join(dir, "jobs"), filepath.Join(dir, "done")
	now := time.Now()
	run := func(after time.Duration, argv ...string) commandtest.Run {
		return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			e.Now = func() time.Time { return now.Add(after) }
		}, append([]string{"-s", addr}, argv...)...)
	}
	for _, age := range []time.Duration{0, 5 * time.Hour} {
		run(-age, "check", "service", "web1", age.String(), "--command", "/bin/true", "--no-encryption")
	}
	if r := run(0, "drain", "service", "--yes", "--to", archive); r.Code != 0 {
		t.Fatal(r.Stderr)
	}
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{0, "1"}, {30 * time.Minute, "0"}, {2 * time.Hour, "1"}, {3 * time.Hour, "0"}} {
		r := run(c.after, "replay", archive, "--checkpoint", checkpoint, "--older-than", "1h", "--no-encryption", "-o", "template={{.submitted}}")
		if got := strings.TrimSpace(r.Stdout); r.Code != 0 || got != c.want && !(c.want == "0" && got == "") {
			t.Errorf("after %v: submitted %q, want %s; exit code %d, %s", c.after, got, c.want, r.Code, r.Stderr)
		}
	}
}
