package drain_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk/disktest"
)

// TestNoFaultOfTheDiskLosesADrainedJob lets every operation fail with every error during drain --to. After a loss of
// power archive and queue hold every job, and the error says what failed, where, and how many jobs are off the server.
func TestNoFaultOfTheDiskLosesADrainedJob(t *testing.T) {
	t.Parallel()
	const jobs = 20
	addr := servertest.Embedded(t)
	for _, c := range []struct {
		file string
		more []string
	}{
		{"jobs.jsonl", nil},
		{"window.jsonl", []string{"--max", "100"}},
		{"jobs.jsonl.gz", nil},
		{"jobs.jsonl.zst", nil},
	} {
		for _, op := range []disktest.Op{disktest.Open, disktest.Write, disktest.Sync, disktest.Close, disktest.SyncDir} {
			for _, errno := range disktest.Errnos() {
				d, path := disktest.NewSim(), "/d/"+c.file
				d.WriteFile("/d/other", nil, 0o600)
				d.Op, d.Errno, d.From = op, errno, 1
				commandtest.FillQueue(t, addr, "q", jobs)
				r := commandtest.OnDisk(t, d, append([]string{"-s", addr, "drain", "q", "--yes", "--to", path}, c.more...)...)
				what := fmt.Sprintf("%s: %s fails with %v", c.file, op, errno)
				code := commandtest.ExitFailed
				if op == disktest.Close {
					code = commandtest.ExitPartial // the queue was drained to its end
				}
				if r.Code != code || !strings.Contains(r.Stderr, fmt.Sprintf("%s %s", op, filepath.Dir(path))) || !strings.Contains(r.Stderr, errno.Error()) {
					t.Errorf("%s: exit code %d\n%s", what, r.Code, r.Stderr)
				}
				left := servertest.Queue(t, addr, "q").Waiting()
				said := fmt.Sprintf("%d jobs are in %s and off the server", jobs-left, path)
				switch op {
				case disktest.Open, disktest.SyncDir:
					said = "" // nothing was begun
				case disktest.Close:
					said = "had been synced before"
				}
				if !strings.Contains(r.Stderr, said) {
					t.Errorf("%s: %d jobs are in the queue, and stderr has no %q\n%s", what, left, said, r.Stderr)
				}
				servertest.CheckAll(t, what, jobs, false, servertest.ArchivedOn(t, d.PowerOff(), path), commandtest.InQueue(t, addr, "q"))
			}
		}
	}
}
