package compat_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestThePIDFileIsThereWhileGearmanRuns, readable for all, in place of one of an earlier run.
func TestThePIDFileIsThereWhileGearmanRuns(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	host, port, _ := net.SplitHostPort(addr)
	path := servertest.WriteFile(t, filepath.Join(t.TempDir(), "pid"), "1\n")
	c := commandtest.Start(t, "compat", "gearman", "-h", host, "-p", port, "-f", "q", "-i", path, "x")
	servertest.Until(t, "the file has the process ID", func() bool {
		text, err := os.ReadFile(path)
		return err == nil && string(text) == fmt.Sprintln(os.Getpid())
	})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info, err)
	}
	stop, err := servertest.Serve(addr, "q", "echo")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if code := c.Wait(); code != commandtest.ExitOK {
		t.Errorf("exit code %d: %s", code, c.Stderr.String())
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file stays when gearman has ended")
	}
}
