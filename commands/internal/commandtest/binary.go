package commandtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// binaryDir is the directory in which buildBinary built gearctl; empty if it did not.
var binaryDir string

// buildBinary builds gearctl once, with the flags that make test has: what that has compiled is not compiled again.
var buildBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gearctl-test")
	if err != nil {
		return "", err
	}
	binaryDir = dir
	path := filepath.Join(dir, "gearctl")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, "gearctl/cmd/gearctl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// Program returns the path of the gearctl that the scripts run, for tests that kill it: no terminal, on a host named
// testhost. It needs no build.
func Program(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("gearctl")
	if err != nil {
		t.Fatalf("%v; does TestMain call commandtest.Main?", err)
	}
	return path
}

// Binary builds gearctl once and returns its path, for tests that measure the program or run it on a terminal. Main
// removes it.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := buildBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
