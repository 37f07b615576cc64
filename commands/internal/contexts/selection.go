package contexts

import (
	"crypto/rand"
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

// Set chooses a context. It survives a crash, and of several at once the last one holds.
func (s Selection) Set(d disk.FS, name string) error {
	if err := disk.MakePrivate(d, filepath.Dir(s.Path)); err != nil {
		return err
	}
	return disk.Replace(d, s.Path, TempName(s.Path), []byte(name+"\n"), 0o600)
}

// TempName returns a name for the file that is to replace path, which no other process uses.
func TempName(path string) string { return filepath.Base(path) + "." + rand.Text() + ".new" }

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
