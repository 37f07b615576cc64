package disk_test

import (
	"errors"
	"slices"
	"syscall"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// TestNoFaultOfTheDiskIsHiddenByReplace lets every operation fail with every error: it is reported, the file is the old one
// or the new one, and no temporary file is left.
func TestNoFaultOfTheDiskIsHiddenByReplace(t *testing.T) {
	for _, op := range disktest.Ops {
		for _, errno := range disktest.Errnos() {
			d := newDisk("old 0600", "none")
			d.Op, d.From, d.Times, d.Errno = op, 1, 1, errno
			err := disk.Replace(d, "/f", "f.new", []byte("new"), 0o644)
			d.Heal()
			if (d.Failed() > 0) != errors.Is(err, errno) {
				t.Errorf("%s fails with %v, and the error is %v", op, errno, err)
			}
			got := contents(d, "/f")
			if got != "new 0644" && (err == nil || got != "old 0600") {
				t.Errorf("%s fails with %v: the file holds %q", op, errno, got)
			}
			if left := contents(d, "/f.new"); left != "none" {
				t.Errorf("%s fails with %v: the temporary file holds %q", op, errno, left)
			}
		}
	}
}

// TestAPrivateDirectoryThatCannotBeSynced is an error, unless it was there and its parent is not readable.
func TestAPrivateDirectoryThatCannotBeSynced(t *testing.T) {
	for _, there := range []bool{false, true} {
		for _, errno := range slices.Concat(disktest.Errnos(), []syscall.Errno{syscall.EACCES}) {
			d := disktest.NewSim()
			if there {
				if err := d.Mkdir("/d", 0o700); err != nil {
					t.Fatal(err)
				}
			}
			d.Op, d.From, d.Errno = disktest.SyncDir, 1, errno
			err := disk.MakePrivate(d, "/d")
			if want := !there || errno != syscall.EACCES; want != errors.Is(err, errno) {
				t.Errorf("there %v: the sync fails with %v, and the error is %v", there, errno, err)
			}
		}
	}
}

// TestNoFaultOfAParentDirectoryIsHidden: each directory above a new one must be made, and its name synced.
func TestNoFaultOfAParentDirectoryIsHidden(t *testing.T) {
	for _, op := range []disktest.Op{disktest.Mkdir, disktest.SyncDir} {
		for from := 1; from <= 3; from++ {
			d := disktest.NewSim()
			d.Op, d.From, d.Times, d.Errno = op, from, 1, syscall.EIO
			if err := disk.MakePrivate(d, "/a/b/c"); !errors.Is(err, syscall.EIO) {
				t.Errorf("%s number %d fails, and the error is %v", op, from, err)
			}
		}
	}
}
