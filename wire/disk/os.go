package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// OS is the file system of this machine.
type OS struct{}

// Open implements FS. A file that belongs neither to this user nor to root is ErrForeign if it was reached by a link or is
// in a world-writable directory.
func (d OS) Open(path string, flags int, mode fs.FileMode) (File, error) {
	if flags&os.O_EXCL != 0 {
		return openRegular(path, flags, mode)
	}
	for tries := 1; ; tries++ {
		f, err := d.openExisting(path, flags&^os.O_CREATE)
		if flags&os.O_CREATE == 0 || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
		f, err = openRegular(path, flags|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) || tries == 10 { // else another process created it meanwhile
			return f, err
		}
	}
}

func (d OS) openExisting(path string, flags int) (File, error) {
	target, err := d.Resolve(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Lstat(target); err == nil && !info.Mode().IsRegular() {
		return nil, pathError("open", path, ErrNotRegular) // opening a device may have side effects
	}
	f, err := openRegular(target, flags, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (target != path || sharedDir(target)) && !trustedOwner(info) {
		err = pathError("open", path, ErrForeign)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// openRegular opens the file at path, which must not be a link. It checks the open file, because path may be replaced
// before.
func openRegular(path string, flags int, mode fs.FileMode) (File, error) {
	f, err := os.OpenFile(path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK, mode) // a pipe would wait for its other end
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = pathError("open", path, ErrNotRegular)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return osFile{f}, nil
}

// sharedDir reports whether the directory of path is world-writable.
func sharedDir(path string) bool {
	info, err := os.Stat(filepath.Dir(path))
	return err == nil && info.Mode()&0o002 != 0
}

// trustedOwner reports whether a file belongs to this user or root.
func trustedOwner(info fs.FileInfo) bool {
	uid, ok := Owner(info)
	return !ok || uid == 0 || uid == os.Geteuid()
}

// Owner returns the user id of a file's owner. ok is false if the file system has no owners.
func Owner(info fs.FileInfo) (uid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// SameFile reports whether two files are one. Files whose file system has no inode numbers are taken for one.
func SameFile(a, b fs.FileInfo) bool {
	x, known := a.Sys().(*syscall.Stat_t)
	y, both := b.Sys().(*syscall.Stat_t)
	return !known || !both || x.Dev == y.Dev && x.Ino == y.Ino
}

// Stat implements FS.
func (d OS) Stat(path string) (fs.FileInfo, error) {
	target, err := d.Resolve(path)
	if err != nil {
		return nil, err
	}
	return os.Lstat(target)
}

// ReadDir implements FS.
func (OS) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

// Mkdir implements FS.
func (OS) Mkdir(path string, mode fs.FileMode) error { return os.Mkdir(path, mode) }

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(path string) error { return os.Remove(path) }

// SyncDir implements FS. The directory must be readable. If directories cannot be synced, it syncs the file system.
func (OS) SyncDir(path string) error {
	dir, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return pathError("sync directory", path, withoutPath(err))
	}
	defer dir.Close()
	err = withoutPath(dir.Sync())
	if unsupported(err) {
		err = syncFileSystem(dir)
	}
	if err != nil {
		return pathError("sync directory", path, err)
	}
	return nil
}

// unsupported reports whether err means that the file type cannot be synced.
func unsupported(err error) bool {
	return slices.ContainsFunc(unsyncable, func(e unix.Errno) bool { return errors.Is(err, e) })
}

// SyncStream syncs f, for example standard output. It ignores that pipes and terminals cannot be synced; for a regular file
// every error counts.
func SyncStream(f interface{ Sync() error }) error {
	err := f.Sync()
	if err == nil || !unsupported(err) {
		return err
	}
	if s, ok := f.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, statErr := s.Stat(); statErr == nil && !info.Mode().IsRegular() {
			return nil
		}
	}
	return err
}

// osFile is a File of OS.
type osFile struct{ *os.File }

// maxInterrupts is how often a sync is retried after EINTR, which does not mean that data were lost.
const maxInterrupts = 100

// Sync implements File.
func (f osFile) Sync() error {
	err := syncData(f.File)
	for n := 0; errors.Is(err, unix.EINTR) && n < maxInterrupts; n++ {
		err = syncData(f.File)
	}
	if err != nil {
		return pathError("sync", f.Name(), err)
	}
	return nil
}

// Lock implements File.
func (f osFile) Lock() error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EWOULDBLOCK):
		err = ErrBusy
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOTSUP):
		err = ErrNoLocks
	}
	return pathError("lock", f.Name(), err)
}

func pathError(op, path string, err error) error { return &fs.PathError{Op: op, Path: path, Err: err} }

// withoutPath unwraps a *fs.PathError.
func withoutPath(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}
