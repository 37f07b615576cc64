// Package disk writes files that must survive a crash of the machine, and reads files that users name.
//
// An [FS] is a file system: [OS] is that of this machine, others simulate faults in tests. [Replace] and [WriteSynced]
// write whole files, [MakePrivate] creates a directory that nobody else can write to, and [OpenInput] and [ReadInput] read
// files and pipes without hanging on a device. An FS does not open files of other users through a symbolic link or in a
// world-writable directory: see [ErrForeign].
//
// Sync errors of files and directories are never ignored. Pipes and terminals may not support the operation (EINVAL or
// ENOTSUP); every other error counts there too. The package runs on Linux.
package disk

import (
	"errors"
	"io"
	"io/fs"
)

// FS is a file system, safe for concurrent use. Its errors name operation and path, like *fs.PathError.
type FS interface {
	// Resolve follows symbolic links at the end of path, each of which must belong to this user or to root. It returns a
	// path that does not exist unchanged; a link to a missing file is ErrDangling.
	Resolve(path string) (string, error)
	// Open resolves path and opens a regular file; anything else is ErrNotRegular and is not opened. flags are an access
	// mode of package os, O_CREATE and O_EXCL; with O_EXCL, links are not followed. The umask applies to mode. A new
	// file survives a crash once its directory is synced.
	Open(path string, flags int, mode fs.FileMode) (File, error)
	// Stat resolves path and describes the file or directory.
	Stat(path string) (fs.FileInfo, error)
	ReadDir(path string) ([]fs.DirEntry, error)
	Mkdir(path string, mode fs.FileMode) error
	// Rename replaces to if it exists. It survives a crash once the directory is synced.
	Rename(from, to string) error
	Remove(path string) error
	// SyncDir makes the names in a directory survive a crash.
	SyncDir(path string) error
}

// File is an open regular file. It is not safe for concurrent use.
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
	// Sync makes the contents and the size survive a crash. After an error, what survives is unknown, even if a later
	// Sync succeeds.
	Sync() error
	// Lock locks the file until Close, without waiting. The error is ErrBusy if another process or File holds the lock,
	// and ErrNoLocks if the file system does not support locks.
	Lock() error
}

// Errors of an FS and its files.
var (
	ErrBusy       = errors.New("another process is using it")
	ErrNoLocks    = errors.New("this file system has no locks")
	ErrNotRegular = errors.New("not a regular file")
	ErrDangling   = errors.New("a symbolic link to a file that does not exist")
	ErrForeign    = errors.New("it belongs to another user, who could have put it there")
)
