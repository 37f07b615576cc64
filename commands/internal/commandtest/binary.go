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

// buildBinary builds gearctl once.
var buildBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gearctl-test")
	if err != nil {
		return "", err
	}
	binaryDir = dir
	path := filepath.Join(dir, "gearctl")
	out, err := exec.Command("go", "build", "-o", path, "gearctl/cmd/gearctl").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// Binary builds gearctl once and returns its path, for tests that kill or measure the program. Main removes it.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := buildBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
