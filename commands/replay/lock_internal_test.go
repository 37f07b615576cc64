package replay

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// opened is a file system that calls f after a file was opened.
type opened struct {
	disk.OS
	f func()
}

func (d opened) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := d.OS.Open(path, flags, mode)
	d.f()
	return f, err
}

// TestALockFileThatWasRemovedLocksNothing lets a replay end, and so remove its lock file, after the next one has opened that
// file: the next one still keeps a third out.
func TestALockFileThatWasRemovedLocksNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "done")
	end, err := lockCheckpoint(disk.OS{}, path)
	if err != nil {
		t.Fatal(err)
	}
	first := func() { end(); end = func() {} }
	unlock, err := lockCheckpoint(opened{f: first}, path)
	if err != nil {
		t.Fatalf("the replay before it has ended: %v", err)
	}
	if _, err := lockCheckpoint(disk.OS{}, path); err == nil {
		t.Error("two replays hold the lock of one checkpoint")
	}
	unlock()
	if unlock, err = lockCheckpoint(disk.OS{}, path); err != nil {
		t.Fatalf("after the end of all others: %v", err)
	}
	unlock()
}

// TestALockThatFails is the error of a replay that cannot lock its checkpoint. Only a file system without locks is no reason to
// end.
func TestALockThatFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "done")
	for _, c := range []struct {
		err  error
		want string
	}{
		{disk.ErrBusy, "checkpoint " + path + ": another replay is using it"},
		{fs.ErrPermission, "checkpoint: permission denied"},
		{disk.ErrNoLocks, "<nil>"},
	} {
		unlock, err := lockCheckpoint(disktest.LockFails{FS: disk.OS{}, Err: c.err}, path)
		if fmt.Sprint(err) != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if err == nil {
			unlock()
		}
	}
}
