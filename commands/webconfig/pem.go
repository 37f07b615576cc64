package webconfig

import (
	"fmt"
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
