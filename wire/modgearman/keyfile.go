package modgearman

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"gearctl/wire/disk"
)

// Dialect is one of the two families of programs, which read keys and configuration files differently.
type Dialect int

// The two dialects.
const (
	DialectC  Dialect = iota // mod_gearman: the NEB module, its worker, send_gearman, send_multi
	DialectGo                // mod-gearman-worker-go
)

// String returns C or Go.
func (d Dialect) String() string {
	if d == DialectGo {
		return "Go"
	}
	return "C"
}

// KeyFile is a key file as both dialects read it.
type KeyFile struct {
	Path string
	Mode fs.FileMode
	C    Key // of the first line, at most 32 bytes of it, blanks at its end removed (common/utils.c)
	Go   Key // of the whole file, less one final newline (mod_gearman_worker.go)
	// Why says what in the file makes the two differ, "" when they are equal.
	Why string
}

// Differ reports whether the dialects read different keys; one of them may be zero then.
func (f KeyFile) Differ() bool { return !f.C.Equal(f.Go) }

// Key returns the key of one dialect, or ErrNoKey when that dialect finds none.
func (f KeyFile) Key(d Dialect) (Key, error) {
	key := f.C
	if d == DialectGo {
		key = f.Go
	}
	if key.IsZero() {
		return Key{}, fmt.Errorf("read key file %s by the %s rule: %w", f.Path, d, ErrNoKey)
	}
	return key, nil
}

// keyFileLimit bounds what is read: both rules look at the first 33 bytes, blanks and line ends aside.
const keyFileLimit = 4096

// ReadKeyFile reads a key file by both rules. A file without key by either rule is ErrNoKey.
func ReadKeyFile(path string) (KeyFile, error) {
	data, mode, err := readKeyBytes(path)
	if err != nil {
		return KeyFile{}, fmt.Errorf("read key file %s: %w", path, withoutPath(err))
	}
	f := KeyFile{Path: path, Mode: mode}
	var errC, errGo error
	f.C, errC = NewKey(keyTextC(data))
	f.Go, errGo = NewKey(keyTextGo(data))
	if errC != nil && errGo != nil {
		return KeyFile{}, fmt.Errorf("read key file %s: %w", path, ErrNoKey)
	}
	if f.Differ() {
		f.Why = keyFileDifference(data)
	}
	return f, nil
}

// KeyFromFile reads the key of a file by the rule of one dialect.
func KeyFromFile(path string, d Dialect) (Key, error) {
	f, err := ReadKeyFile(path)
	if err != nil {
		return Key{}, err
	}
	return f.Key(d)
}

func readKeyBytes(path string) ([]byte, fs.FileMode, error) {
	file, err := disk.OpenInput(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, keyFileLimit))
	return data, file.Stat().Mode(), err
}

// keyTextC follows fgets(key, 33) and rtrim: a line of at most 32 bytes, cut at a NUL, white space at its end removed.
func keyTextC(data []byte) []byte {
	line, _, _ := bytes.Cut(data, []byte{'\n'})
	line = line[:min(len(line), KeySize)]
	line, _, _ = bytes.Cut(line, []byte{0})
	return bytes.TrimRight(line, " \t\n\v\f\r")
}

func keyTextGo(data []byte) []byte {
	return bytes.TrimSuffix(data, []byte{'\n'})
}

// keyFileDifference names the cause without a byte of the key.
func keyFileDifference(data []byte) string {
	line, rest, more := bytes.Cut(data, []byte{'\n'})
	switch {
	case len(keyTextC(data)) == 0:
		return "the first line is empty, which the C programs take for the key"
	case bytes.IndexByte(line, 0) >= 0:
		return "the first line holds a NUL byte, where the C programs stop"
	case bytes.HasSuffix(line, []byte{'\r'}):
		return "the line ends in CR LF, and the Go programs take the CR for a part of the key"
	case len(bytes.TrimRight(line, " \t\v\f\r")) < len(line):
		return "blanks at the end of the first line, which only the Go programs take for a part of the key"
	case more && len(rest) > 0:
		return "the file has more than one line, and the Go programs take them all for the key"
	}
	return "the two rules read different bytes"
}

// trimPathError drops the operation and path that os adds, since our messages name them.
func withoutPath(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}
