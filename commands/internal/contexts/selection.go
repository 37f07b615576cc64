package contexts

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"gearctl/wire/disk"
)

// Selection is the file that keeps which context a user chose.
type Selection struct{ Path string }

// Name returns the chosen context, "" if none is.
func (s Selection) Name() (string, error) {
	text, err := Read(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	name := strings.TrimSpace(string(text))
	if err == nil && name != "" {
		if err = CheckName(name); err != nil {
			err = &Problem{File: s.Path, Text: err.Error()}
		}
	}
	return name, err
}

// Set chooses a context. It survives a crash.
func (s Selection) Set(d disk.FS, name string) error {
	if err := disk.MakePrivate(d, filepath.Dir(s.Path)); err != nil {
		return err
	}
	return disk.Replace(d, s.Path, filepath.Base(s.Path)+".new", []byte(name+"\n"), 0o600)
}

// Clear chooses none.
func (s Selection) Clear(d disk.FS) error {
	err := d.Remove(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = d.SyncDir(filepath.Dir(s.Path))
	}
	return err
}
