package proxy_test

import (
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// fullFor is a file system that has no room for the files for which full is true.
type fullFor struct {
	disk.FS
	full   func(path string) bool
	healed atomic.Bool
}

func (d *fullFor) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	if d.full(path) && !d.healed.Load() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.ENOSPC}
	}
	return d.FS.Open(path, flags, mode)
}

// TestAJobThatCannotBeKeptStaysAtTheSource lets the disk have no room for the jobs that can be decoded, or for the one that cannot:
// it is not acknowledged until there is.
func TestAJobThatCannotBeKeptStaysAtTheSource(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		full func(path string) bool
		stay []string
	}{
		"decoded":   {func(path string) bool { return strings.Contains(path, "/0") && strings.HasSuffix(path, ".jsonl") }, []string{"g", "h"}},
		"undecoded": {func(path string) bool { return strings.HasSuffix(path, "/rejected.jsonl") }, []string{bad}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, d := newPowered(t), disktest.NewSim()
				full := &fullFor{FS: d, full: c.full}
				p.on = full
				l := p.begin(d, []string{"g", bad, "h"}, nil, func(string) bool { return false })
				time.Sleep(3 * time.Second)
				acked := servertest.Noted(d.Log(), "ack")
				for _, key := range c.stay {
					if slices.Contains(acked, key) {
						t.Errorf("job %s is acknowledged, and kept nowhere", key)
					}
				}
				list, err := l.conns[source].Status(t.Context())
				if err != nil || len(list.Rows) != 1 || list.Rows[0].Total != int64(3-len(acked)) {
					t.Errorf("acknowledged are %s, and the source has %+v, %v", acked, list.Rows, err)
				}
				full.healed.Store(true)
				r, atSource, atTarget := l.finish()
				commandtest.WantRun(t, r, commandtest.ExitOK, "no space left on device: jobs wait at the source; retrying", "the spool accepts jobs again")
				slices.Sort(atTarget)
				if _, rejected, err := spooled(d); len(atSource) > 0 || !slices.Equal(atTarget, []string{"g", "h"}) || !slices.Contains(rejected, bad) {
					t.Errorf("at the source %s, at the target %s, rejected %s, %v", atSource, atTarget, rejected, err)
				}
			})
		})
	}
}
