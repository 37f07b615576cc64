package webconfig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// pemText is a certificate or a key: in the configuration itself, or in a file that it names.
type pemText struct{ text, file string }

func (p pemText) given() bool { return p.text != "" || p.file != "" }

// check takes the name of the key without _file.
func (p pemText) check(name string, needed bool) error {
	switch {
	case p.text != "" && p.file != "":
		return fmt.Errorf("%s: %s_file is given as well: only one of them can count", name, name)
	case needed && !p.given():
		return fmt.Errorf("%s_file: is missing, and so is %s", name, name)
	}
	return nil
}

// read takes the directory that a relative file is in, and the name of the key without _file for errors.
func (p pemText) read(dir, name string) ([]byte, error) {
	if p.file == "" {
		return []byte(p.text), nil
	}
	path := p.file
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	b, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s_file: %s: %w", name, path, err)
	}
	return b, nil
}

// largestFile bounds what is read of a file: the largest that make sense are bundles of all authorities of a system.
const largestFile = 4 << 20

// readFile returns what a file holds. The error does not name the file. What is not a regular file is refused: it is
// read again and again, and a pipe would be empty the second time, which is a good configuration without passwords.
func readFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, pathCause(err)
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, pathCause(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if len(b) > largestFile {
		return nil, fmt.Errorf("is larger than %d MiB", largestFile>>20)
	}
	return b, pathCause(err)
}

// pathCause takes the path off an error.
func pathCause(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
