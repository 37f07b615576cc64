package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace replaces or creates a file with contents b and exactly mode. A crash leaves the old file or the new one; once it
// returned nil, the new one. It first writes b to a file called temp in the same directory, which a killed process may
// leave and the next Replace removes.
func Replace(d FS, path, temp string, b []byte, mode fs.FileMode) error {
	target, err := d.Resolve(path)
	if err != nil {
		return err
	}
	if info, err := d.Stat(target); err == nil && !info.Mode().IsRegular() {
		return pathError("replace", path, ErrNotRegular)
	}
	temp = filepath.Join(filepath.Dir(target), temp)
	if err := WriteSynced(d, temp, b, mode); err != nil {
		return err
	}
	if err := d.Rename(temp, target); err != nil {
		d.Remove(temp)
		return err
	}
	return d.SyncDir(filepath.Dir(target))
}

// WriteSynced creates a file with contents b and exactly mode, and syncs the contents, but not the name. An existing file
// is removed first. After an error there is no file.
func WriteSynced(d FS, path string, b []byte, mode fs.FileMode) error {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := d.Open(path, flags, mode)
	if errors.Is(err, fs.ErrExist) {
		if err := d.Remove(path); err != nil {
			return err
		}
		f, err = d.Open(path, flags, mode)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		d.Remove(path)
	}
	return err
}

// ReadFile returns the contents of a regular file. More than limit bytes is an error.
func ReadFile(d FS, path string, limit int64) ([]byte, error) {
	f, err := d.Open(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path, limit)
}
