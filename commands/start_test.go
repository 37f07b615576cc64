package commands_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"gearctl/commands/internal/commandtest"
)

// TestPackagesDoLittleAtTheStart counts what every start of gearctl allocates before main, whatever the command: a template
// or a few regular expressions that a package parses for one command make all others slower.
func TestPackagesDoLittleAtTheStart(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(commandtest.Binary(t), "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	packages := regexp.MustCompile(`(?m)^init (gearctl/\S*) .* (\d+) bytes, (\d+) allocs$`).FindAllSubmatch(out, -1)
	if len(packages) == 0 {
		t.Fatalf("no package in\n%s", out)
	}
	for _, p := range packages {
		bytes, _ := strconv.Atoi(string(p[2]))
		allocs, _ := strconv.Atoi(string(p[3]))
		if bytes > 4000 || allocs > 30 {
			t.Errorf("package %s allocates %d bytes in %d pieces before main, want at most 4000 in 30: use sync.OnceValue", p[1], bytes, allocs)
		}
	}
}
