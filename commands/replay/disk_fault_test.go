package replay_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// TestNoFaultOfTheDiskIsHiddenByAReplay lets every operation on the checkpoint fail from any time on: the user learns of it, also
// if it comes with the last job, and the next replay, on a disk that works again, submits what is missing.
func TestNoFaultOfTheDiskIsHiddenByAReplay(t *testing.T) {
	t.Parallel()
	p := &powered{archive: filepath.Join(t.TempDir(), "jobs"), jobs: []string{"a", "b", "c", "d"}, flags: []string{"--rate", "20/s"}}
	writeArchive(t, p.archive, p.jobs...)
	for _, op := range []disktest.Op{disktest.Open, disktest.Write, disktest.Sync, disktest.Chmod, disktest.Rename, disktest.SyncDir} {
		failed := true
		for from := 1; failed; from++ {
			synctest.Test(t, func(t *testing.T) {
				p.T = t
				d := disktest.NewSim()
				d.Op, d.Errno, d.From = op, syscall.ENOSPC, from
				r, first := p.run(d, nil, "")
				failed = d.Failed() > 0
				if failed != (r.Code != commandtest.ExitOK) || failed && !strings.Contains(r.Stderr, syscall.ENOSPC.Error()) {
					t.Errorf("%s fails %d times, from time %d: %+v", op, d.Failed(), from, r)
				}
				d.Heal()
				r, second := p.run(d, nil, "")
				commandtest.WantRun(t, r, commandtest.ExitOK)
				for _, job := range p.jobs {
					if !slices.Contains(first, job) && !slices.Contains(second, job) {
						t.Errorf("%s fails from time %d: %s was never submitted", op, from, job)
					}
				}
			})
		}
	}
}

// TestALargeJobIsInDoubtBeforeItLeaves, also one that the connection does not keep back.
func TestALargeJobIsInDoubtBeforeItLeaves(t *testing.T) {
	t.Parallel()
	p := &powered{archive: filepath.Join(t.TempDir(), "jobs")}
	w, err := archive.Create(disk.OS{}, p.archive)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		w.Add(&archive.Record{Server: "gm1:4730", Queue: "q", Handle: "H:" + name, Unique: name, Data: make([]byte, 1<<20)})
	}
	if err := w.Close(time.Now()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p.T = t
		d := disktest.NewSim()
		r, _ := p.run(d, nil, "")
		commandtest.WantRun(t, r, commandtest.ExitOK)
		log := d.Log()
		saves := 0
		for _, line := range log[:slices.Index(log, "submit a")] {
			if line == "sync directory /" {
				saves++
			}
		}
		if saves != 2 { // there is a checkpoint; a is in doubt
			t.Errorf("the checkpoint was saved %d times before the first job left:\n%s", saves, strings.Join(log, "\n"))
		}
	})
}

// TestARecordThatNoServerTakesIsNotDone: the next replay names it again.
func TestARecordThatNoServerTakesIsNotDone(t *testing.T) {
	t.Parallel()
	p := &powered{archive: filepath.Join(t.TempDir(), "jobs"), jobs: []string{"a", "b"}}
	long := strings.Repeat("k", 600)
	writeArchive(t, p.archive, "a", long, "b")
	synctest.Test(t, func(t *testing.T) {
		p.T = t
		d := disktest.NewSim()
		for again, want := range []string{"[a b]", "[]"} {
			r, after := p.run(d, nil, "")
			if r.Code == commandtest.ExitOK || !strings.Contains(r.Stderr, "line 2: ") || fmt.Sprint(after) != want {
				t.Errorf("replay %d: %+v; the target has %s, want %s", again+1, r, after, want)
			}
		}
	})
}
