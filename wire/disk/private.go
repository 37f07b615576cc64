package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// UnsafeError is a directory that other users can change.
type UnsafeError struct {
	Path     string
	Why      string
	Writable bool // others may write to it; else it belongs to another user
}

func (e *UnsafeError) Error() string { return e.Path + ": " + e.Why }

// MakePrivate creates a directory, and its parents, with mode 0700 if it does not exist. If it returns nil, the directory
// survives a crash, belongs to this user, and nobody else may write to it. The error is an *UnsafeError if others could add
// files.
func MakePrivate(d FS, path string) error {
	path = filepath.Clean(path)
	info, err := d.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		if err := makeDirs(d, path); err != nil {
			return err
		}
		info, err = d.Stat(path)
	}
	if err != nil {
		return err
	}
	uid, known := Owner(info)
	switch mode := info.Mode(); {
	case !mode.IsDir():
		return pathError("open", path, errors.New("not a directory"))
	case known && uid != os.Geteuid():
		return &UnsafeError{Path: path, Why: fmt.Sprintf("belongs to user %d, and this is user %d", uid, os.Geteuid())}
	case mode&0o022 != 0:
		return &UnsafeError{Path: path, Why: fmt.Sprintf("may be written by others (mode %#o)", mode.Perm()), Writable: true}
	}
	return SyncName(d, path, fresh)
}

// makeDirs creates a directory and its missing parents, and syncs their names.
func makeDirs(d FS, path string) error {
	above := filepath.Dir(path)
	if _, err := d.Stat(above); errors.Is(err, fs.ErrNotExist) && above != path {
		if err := makeDirs(d, above); err != nil {
			return err
		}
	}
	if err := d.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncName(d, path, true)
}

// SyncName makes the name of a file or directory survive a crash. If fresh is false, because it existed before, it is no
// error that this user may not read the parent directory.
func SyncName(d FS, path string, fresh bool) error {
	err := d.SyncDir(filepath.Dir(path))
	if !fresh && errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
