package spool_test

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// syncing is a file system that calls f whenever a file is about to be synced.
type syncing struct {
	*disktest.Sim
	f func()
}

func (d *syncing) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := d.Sim.Open(path, flags, mode)
	if err != nil {
		return nil, err
	}
	return &syncedFile{f, d}, nil
}

type syncedFile struct {
	disk.File
	d *syncing
}

func (f *syncedFile) Sync() error {
	f.d.f()
	return f.File.Sync()
}

// TestNextReturnsWhatIsSafe: no job that Put may still refuse is forwarded, although it is in the file already.
func TestNextReturnsWhatIsSafe(t *testing.T) {
	t.Parallel()
	d := &syncing{disktest.NewSim(), func() {}}
	_, q := openQueue(t, d)
	const batches = 40 // more than are kept in memory
	for n := range batches {
		if err := q.Put(batch(n)); err != nil {
			t.Fatal(err)
		}
	}
	taken := 0
	take := func() {
		for {
			list, err := q.Next()
			if taken += len(list); err != nil || len(list) == 0 {
				return
			}
		}
	}
	d.f = take
	d.Arm(disktest.Sync, syscall.EIO, 1)
	if err := q.Put(batch(batches)); !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	d.f = func() {}
	take()
	if want := 2 * batches; taken != want {
		t.Errorf("%d jobs came out, and %d were taken in: two were refused", taken, want)
	}
}

// TestADoneFileThatStays is not read again: its jobs are delivered, although it could not be removed.
func TestADoneFileThatStays(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	dir, q := openQueue(t, d)
	if err := q.Put(records(0, 3)); err != nil {
		t.Fatal(err)
	}
	list, err := q.Next()
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	q.Done(3)
	d.Arm(disktest.Remove, syscall.EIO, 1)
	if err := dir.Close(); !errors.Is(err, syscall.EIO) {
		t.Errorf("a file could not be removed, and Close says %v", err)
	}
	d.Heal()
	dir, q = openQueue(t, d)
	if n, _ := q.Waiting(); n != 0 {
		t.Errorf("%d of 3 jobs that were done wait again", n)
	}
	if err := dir.Close(); err != nil {
		t.Error(err)
	}
}
