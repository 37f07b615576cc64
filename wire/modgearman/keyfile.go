package modgearman

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"gearctl/wire/disk"
)

// Dialect is a family of programs. The two read keys and configuration files differently.
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
	C    Key // the first line, up to 32 bytes, without trailing white space (common/utils.c)
	Go   Key // the whole file without a final newline (mod_gearman_worker.go)
	// Why is the reason that the two differ, or "".
	Why string
}

// Differ reports whether the dialects read different keys. One of them may be zero.
func (f KeyFile) Differ() bool { return !f.C.Equal(f.Go) }

// Key returns the key of a dialect, or ErrNoKey.
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

// keyFileLimit limits how much is read, in bytes. Both rules use about 33 bytes.
const keyFileLimit = 4096

// ReadKeyFile reads a key file by the rules of both dialects. If neither finds a key, the error is ErrNoKey.
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

// KeyFromFile reads a key file by the rules of one dialect.
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

// keyTextC does what fgets(key, 33) and rtrim do: the first line, up to 32 bytes and up to a NUL, without trailing white
// space.
func keyTextC(data []byte) []byte {
	line, _, _ := bytes.Cut(data, []byte{'\n'})
	line = line[:min(len(line), KeySize)]
	line, _, _ = bytes.Cut(line, []byte{0})
	return bytes.TrimRight(line, " \t\n\v\f\r")
}

func keyTextGo(data []byte) []byte {
	return bytes.TrimSuffix(data, []byte{'\n'})
}

// keyFileDifference returns why the dialects read different keys, without revealing the key.
func keyFileDifference(data []byte) string {
	line, rest, more := bytes.Cut(data, []byte{'\n'})
	switch {
	case len(keyTextC(data)) == 0:
		return "the first line is empty, which the C programs take as the key"
	case bytes.IndexByte(line, 0) >= 0:
		return "the first line holds a NUL byte, where the C programs stop"
	case bytes.HasSuffix(line, []byte{'\r'}):
		return "the line ends in CR LF, and the Go programs take the CR as part of the key"
	case len(bytes.TrimRight(line, " \t\v\f\r")) < len(line):
		return "white space at the end of the first line, which only the Go programs take as part of the key"
	case more && len(rest) > 0:
		return "the file has more than one line, and the Go programs take all of them as the key"
	}
	return "the two rules read different bytes"
}

// withoutPath unwraps a *fs.PathError: the caller adds the path.
func withoutPath(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}
