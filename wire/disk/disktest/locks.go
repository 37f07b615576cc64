package disktest

import (
	"io/fs"

	"gearctl/wire/disk"
)

// LockFails is a file system whose files cannot be locked: each Lock fails with Err.
type LockFails struct {
	disk.FS
	Err error
}

// Open opens a file that cannot be locked.
func (d LockFails) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := d.FS.Open(path, flags, mode)
	return unlockable{f, d.Err}, err
}

type unlockable struct {
	disk.File
	err error
}

func (f unlockable) Lock() error { return f.err }
