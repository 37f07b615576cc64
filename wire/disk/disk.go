// Package disk writes files that must survive a crash of the machine, and reads files that users name.
//
// An [FS] is a file system: [OS] that of this machine, others simulate faults in tests. [Replace] and [WriteSynced] write
// whole files, [MakePrivate] makes a directory that nobody else can write to, and [OpenInput] and [ReadInput] read files
// and pipes without hanging on a device. An FS opens no file of another user through a link or in a directory that others
// can write to: see [ErrForeign].
//
// No error of a sync is ignored on a file or a directory. A pipe or a terminal may not support the operation, which is
// EINVAL or ENOTSUP; every other error counts there too. The package runs on Linux.
package disk

import (
	"errors"
	"io"
	"io/fs"
)

// FS is a file system. Errors name the operation and the path, as *fs.PathError does. Its methods may be called by
// several goroutines.
type FS interface {
	// Resolve follows symbolic links at the end of path, each of which must belong to this user or to root. A path that
	// does not exist is returned as it is; a link to nothing is ErrDangling.
	Resolve(path string) (string, error)
	// Open opens a regular file, whose path it resolves first; anything else is ErrNotRegular, before it is opened. flags
	// are those of package os: an access mode, O_CREATE, O_EXCL, which follows no link. A new file has the bits of mode
	// that the umask leaves; it is there after a crash once its directory is synced.
	Open(path string, flags int, mode fs.FileMode) (File, error)
	// Stat describes the file, or directory, that Resolve leads to.
	Stat(path string) (fs.FileInfo, error)
	ReadDir(path string) ([]fs.DirEntry, error)
	Mkdir(path string, mode fs.FileMode) error
	// Rename replaces to where it exists. A crash leaves it done or not until the directory is synced.
	Rename(from, to string) error
	Remove(path string) error
	// SyncDir returns when the names in a directory survive a crash.
	SyncDir(path string) error
}

// File is an open regular file. It is for one goroutine at a time.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Seeker
	io.Closer
	Name() string // the path that was opened
	Stat() (fs.FileInfo, error)
	Chmod(mode fs.FileMode) error
	Truncate(size int64) error
	// Sync returns when what was written, and the size, survive a crash. After an error it is unknown what does, and a
	// later Sync that succeeds proves nothing.
	Sync() error
	// Lock takes the lock of the file, which ends with Close, without waiting. The error is ErrBusy when another
	// process, or another File, has it, and ErrNoLocks where the file system has none.
	Lock() error
}

// What may be wrong with a path.
var (
	ErrBusy       = errors.New("another process is using it")
	ErrNoLocks    = errors.New("this file system has no locks")
	ErrNotRegular = errors.New("not a regular file")
	ErrDangling   = errors.New("a symbolic link to a file that does not exist")
	ErrForeign    = errors.New("it belongs to another user, who could have put it there")
)
