package check_test

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/commands/internal/commandtest"
)

// check runs check service web01 disk on a server, with a key.
func check(t testing.TB, addr string, flags ...string) commandtest.Run {
	t.Helper()
	argv := append([]string{"check", "service", "web01", "disk", "-s", addr}, flags...)
	return commandtest.Gearctl(t, "", argv...)
}

// gate is a file that the plugin wait_for waits for. A test that makes one must open it.
type gate struct {
	path string
	t    testing.TB
}

func newGate(t testing.TB) *gate { return &gate{path: filepath.Join(t.TempDir(), "gate"), t: t} }

func (g *gate) open() {
	if err := os.WriteFile(g.path, nil, 0o600); err != nil {
		g.t.Error(err)
	}
}
