package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// UnsafeError is a directory that others may change.
type UnsafeError struct {
	Path     string
	Why      string
	Writable bool // its mode lets others write; else it is not this user's
}

func (e *UnsafeError) Error() string { return e.Path + ": " + e.Why }

// MakePrivate makes a directory, and those above it, with mode 0700, unless it is there. It returns nil when the
// directory survives a crash, belongs to this user and may be written by nobody else, and an *UnsafeError when others
// could put files into it.
func MakePrivate(d FS, path string) error {
	path = filepath.Clean(path)
	info, err := d.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		if err := makeDir(d, path); err != nil {
			return err
		}
		info, err = d.Stat(path)
	}
	if err != nil {
		return err
	}
	uid, known := owner(info)
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

// makeDir makes a directory, and those above it that are not there, and makes their names safe.
func makeDir(d FS, path string) error {
	above := filepath.Dir(path)
	if _, err := d.Stat(above); errors.Is(err, fs.ErrNotExist) && above != path {
		if err := makeDir(d, above); err != nil {
			return err
		}
	}
	if err := d.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncName(d, path, true)
}

// SyncName returns when the name of a file or directory survives a crash. Of one that was there before, fresh false, it
// is not required where this user may not read the directory that it is in.
func SyncName(d FS, path string, fresh bool) error {
	err := d.SyncDir(filepath.Dir(path))
	if !fresh && errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
