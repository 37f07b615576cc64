//go:build bench && linux

package commands_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
)

// bigStorms are command lines that meet packets of twenty megabytes and more.
var bigStorms = []struct{ server, argv string }{
	{"bulky", "peek q"},
	{"packet", "peek q --max 2 -o raw"},
	{"bulky", "drain q --yes"},
	{"bulky", "drain q --yes --to DIR/archive.jsonl"},
	{"packet", "drain q --yes -o raw"},
	{"bulky", "work q --print"},
	{"bulky", "work q -- cat"},
	{"bulky", "submit q x"},
	{"packet", "submit q x"},
	{"bulky", "result tail q"},
}

// TestSideBySideMemory prints the peak of memory of gearctl, beside that of an older build named by GEARCTL_BEFORE,
// against servers that never end.
func TestSideBySideMemory(t *testing.T) {
	gearctl := commandtest.Binary(t)
	before := os.Getenv("GEARCTL_BEFORE")
	servers := startEndless(t)
	line := func(server, argv string) {
		words := strings.Fields(strings.NewReplacer("DIR", t.TempDir(), "ADDR", servers[server]).Replace(argv))
		now := measure(t, gearctl, servers[server], words...)
		t.Logf("%-7s %-45s %5d MB %8v exit %3d", server, argv, now.peak>>20, now.took.Round(time.Millisecond), now.Code)
		if before != "" {
			words := strings.Fields(strings.NewReplacer("DIR", t.TempDir(), "ADDR", servers[server]).Replace(argv))
			was := measure(t, before, servers[server], words...)
			t.Logf("%-7s %-45s %5d MB %8v exit %3d before: 1/%.0f", server, "", was.peak>>20, was.took.Round(time.Millisecond), was.Code, float64(was.peak)/float64(now.peak))
		}
	}
	for _, r := range boundedRuns {
		line(r.server, r.argv)
	}
	for _, r := range append(storms, bigStorms...) {
		line(r.server, r.argv)
	}
}
