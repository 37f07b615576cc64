package local_test

import (
	"os"
	"testing"

	"gearctl/commands/internal/commandtest"
)

// TestTheDemoLeavesNoKeys, nor any other file.
func TestTheDemoLeavesNoKeys(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "demo"), commandtest.ExitOK)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}
