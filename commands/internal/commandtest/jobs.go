package commandtest

import (
	"strings"
	"testing"

	"gearctl/commands/internal/servertest"
)

// FillQueue submits background jobs with unique keys and the payloads 0 to jobs-1.
func FillQueue(t testing.TB, addr, queue string, jobs int) {
	t.Helper()
	if r := Gearctl(t, servertest.Numbers(jobs), "-s", addr, "submit", "-b", "-l", queue); r.Code != 0 {
		t.Fatal(r.Stderr)
	}
}

// InQueue drains a queue and returns how often it held each payload.
func InQueue(t testing.TB, addr, queue string) map[string]int {
	t.Helper()
	r := Gearctl(t, "", "-s", addr, "drain", queue, "--yes", "-o", "raw")
	if r.Code != 0 && !strings.Contains(r.Stderr, "unknown queue") {
		t.Fatal(r.Stderr)
	}
	seen := map[string]int{}
	for line := range strings.Lines(r.Stdout) {
		seen[strings.TrimSuffix(line, "\n")]++
	}
	return seen
}
