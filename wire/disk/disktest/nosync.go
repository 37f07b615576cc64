// Package disktest has file systems for tests. [Sim] is in memory, loses power in every way that the real ones allow, and its
// operations fail on demand; [Survive] runs what a program does after each crash. [NoSync] is the real one.
package disktest

import (
	"io/fs"

	"gearctl/wire/disk"
)

// NoSync is disk.OS without syncs, which take a while.
type NoSync struct{ disk.OS }

// Open implements disk.FS.
func (d NoSync) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := d.OS.Open(path, flags, mode)
	if err != nil {
		return nil, err
	}
	return noSyncFile{f}, nil
}

// SyncDir implements disk.FS.
func (NoSync) SyncDir(string) error { return nil }

type noSyncFile struct{ disk.File }

func (noSyncFile) Sync() error { return nil }
