package archive_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// taken is a file system on which another process locks a new file before its creator does.
type taken struct{ disk.OS }

func (d taken) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := d.OS.Open(path, flags, mode)
	return takenFile{f}, err
}

type takenFile struct{ disk.File }

func (takenFile) Lock() error { return disk.ErrBusy }

// TestANewArchiveThatAnotherDrainTookIsNotRemoved: drain --append may find the file of a drain between its creation and its lock.
func TestANewArchiveThatAnotherDrainTookIsNotRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs")
	if _, err := archive.Create(taken{}, path); !errors.Is(err, archive.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the archive that another process is writing to is gone: %v", err)
	}
}

// lockedLate is a file system on which another process ends its work on a file after it was opened here, before it is locked.
type lockedLate struct {
	disk.FS
	end func()
}

func (d *lockedLate) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := d.FS.Open(path, flags, mode)
	return lateFile{f, d}, err
}

type lateFile struct {
	disk.File
	d *lockedLate
}

func (f lateFile) Lock() error {
	f.d.end()
	return f.File.Lock()
}

// TestAppendReadsTheFileThatItHasLocked: what another drain wrote until it gave the lock up is neither overwritten nor cut off.
func TestAppendReadsTheFileThatItHasLocked(t *testing.T) {
	for _, path := range []string{"/jobs.jsonl", "/jobs.jsonl.gz", "/jobs.jsonl.zst"} {
		d := disktest.NewSim()
		first, err := archive.Create(d, path)
		if err == nil {
			err = errors.Join(first.Add(record(0)), first.Sync())
		}
		second, appended := archive.Append(&lockedLate{d, func() { write(t, first, err, 1, 3) }}, path)
		write(t, second, appended, 3, 5)
		r, err := archive.Open(d, path)
		if err != nil {
			t.Fatal(err)
		}
		if got, problems := read(t, r); len(got) != 5 || len(problems) > 0 {
			t.Errorf("%s: %d of 5 records can be read: %v", path, len(got), problems)
		}
		r.Close()
	}
}
