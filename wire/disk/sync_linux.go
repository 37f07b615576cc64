package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// unsyncable are the errors of a sync that the file type does not have.
var unsyncable = []unix.Errno{unix.EINVAL, unix.ENOTSUP}

// syncData syncs the data of a file, and of its attributes what is needed to read them.
func syncData(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }

// syncFileSystem syncs the file system of dir.
func syncFileSystem(dir *os.File) error { return unix.Syncfs(int(dir.Fd())) }
