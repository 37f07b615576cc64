package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What may be wrong with a file that is read.
var (
	ErrDevice   = errors.New("a device, not a file")
	ErrNoWriter = errors.New("a pipe that no process writes to")
)

// inputSilence is how long the other end of a pipe may write nothing.
const inputSilence = 30 * time.Second

// OpenInput opens what a user names as a file to read: a regular file, or a pipe as in <(COMMAND), which is waited for
// inputSilence at a time. A directory and a device, /dev/zero for one, which never ends, are refused before they are
// opened; /dev/null is an empty file.
func OpenInput(path string) (*Input, error) {
	if info, err := os.Stat(path); err == nil {
		if err := checkInput(info); err != nil {
			return nil, pathError("open", path, err)
		}
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a pipe without a writer would not open
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = checkInput(info)
	}
	if err != nil {
		f.Close()
		return nil, pathError("open", path, cause(err))
	}
	return &Input{f: f, info: info}, nil
}

func checkInput(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return unix.EISDIR
	case mode&fs.ModeDevice != 0 && !isNull(info):
		return ErrDevice
	}
	return nil
}

// isNull reports whether a file is /dev/null.
func isNull(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Rdev == unix.Mkdev(1, 3)
}

// Input is a file that is read once, from its beginning.
type Input struct {
	f    *os.File
	info fs.FileInfo
	read bool // something came
}

// Stat describes the file.
func (in *Input) Stat() fs.FileInfo { return in.info }

// Read is that of io.Reader. The error is ErrNoWriter for a pipe that has no other end, and os.ErrDeadlineExceeded where
// that is silent.
func (in *Input) Read(p []byte) (int, error) {
	if in.info.Mode()&fs.ModeNamedPipe == 0 {
		return in.f.Read(p)
	}
	if err := in.f.SetReadDeadline(time.Now().Add(inputSilence)); err != nil {
		return 0, err
	}
	n, err := in.f.Read(p)
	if errors.Is(err, io.EOF) && !in.read {
		err = pathError("read", in.f.Name(), ErrNoWriter)
	}
	in.read = in.read || n > 0
	return n, err
}

// Close is that of io.Closer.
func (in *Input) Close() error { return in.f.Close() }

// ReadInput returns what OpenInput reads, up to limit bytes; more is an error.
func ReadInput(path string, limit int64) ([]byte, error) {
	in, err := OpenInput(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return readAll(in, path, limit)
}

func readAll(r io.Reader, path string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return nil, pathError("read", path, fmt.Errorf("over %d bytes", limit))
	}
	return b, err
}

// ReadRegular is ReadInput for a file that is read again and again: a pipe would be empty the second time. Its error does
// not name the file.
func ReadRegular(path string, limit int64) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, ErrNotRegular
	}
	b, err := ReadInput(path, limit)
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		err = e.Err
	}
	return b, err
}
