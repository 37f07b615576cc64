package archive_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
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
