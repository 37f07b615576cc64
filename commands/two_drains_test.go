package commands_test

import (
	"path/filepath"
	"sync"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestTwoDrainsShareAPattern runs two drains that rotate into files of the same name: neither touches what the other writes,
// and each job is in one file, once, or still queued.
func TestTwoDrainsShareAPattern(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t, "--threads=2")
	commandtest.FillQueue(t, addr, "q", crashJobs)
	dir := t.TempDir()
	var runs [2]commandtest.Run
	var both sync.WaitGroup
	for i := range runs {
		both.Go(func() {
			runs[i] = commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes", "--for", "1s", "--to", filepath.Join(dir, "%Y.jsonl"), "--rotate", "20K")
		})
	}
	both.Wait()
	for _, r := range runs {
		if r.Code != 0 {
			t.Errorf("exit code %d\n%s", r.Code, r.Stderr)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	places := []map[string]int{commandtest.InQueue(t, addr, "q")} // for which there was no time
	for _, file := range files {
		places = append(places, servertest.Archived(t, file))
	}
	servertest.CheckAll(t, "two drains", crashJobs, true, places...)
	if r := commandtest.Gearctl(t, "", append([]string{"archive", "verify"}, files...)...); r.Code != 0 {
		t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
}
