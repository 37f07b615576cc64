//go:build !linux

package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// unsyncable are the errors of a sync that the file type does not have; macOS says EBADF of pipes and ENOTTY of terminals.
var unsyncable = []unix.Errno{unix.EINVAL, unix.ENOTSUP, unix.EBADF, unix.ENOTTY}

// syncData syncs a file; on macOS also the cache of the disk.
func syncData(f *os.File) error { return withoutPath(f.Sync()) }

// syncFileSystem fails: no call of these systems waits for a whole file system.
func syncFileSystem(*os.File) error { return unix.ENOTSUP }
