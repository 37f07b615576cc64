package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Errors of OpenInput and Input.Read.
var (
	ErrDevice   = errors.New("a device, not a file")
	ErrNoWriter = errors.New("a pipe that no process writes to")
)

// pipeTimeout is how long the writer of a pipe may pause.
var pipeTimeout = 30 * time.Second

// OpenInput opens an input file that a user names: a regular file, or a pipe as in <(COMMAND). A read of a pipe fails after
// 30 seconds without data. Directories and devices, such as /dev/zero, are refused without being opened; /dev/null is an
// empty file.
func OpenInput(path string) (*Input, error) {
	if info, err := os.Stat(path); err == nil {
		if err := checkInput(info); err != nil {
			return nil, pathError("open", path, err)
		}
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // else a pipe without a writer would block
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = checkInput(info)
	}
	if err != nil {
		f.Close()
		return nil, pathError("open", path, withoutPath(err))
	}
	return &Input{f: f, info: info}, nil
}

func checkInput(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return unix.EISDIR
	case mode&fs.ModeDevice != 0 && !IsNull(info):
		return ErrDevice
	}
	return nil
}

// Input is a file that is read once, from the start.
type Input struct {
	f    *os.File
	info fs.FileInfo
	read bool // data came
}

// Stat describes the file, as it was when it was opened.
func (in *Input) Stat() fs.FileInfo { return in.info }

// Read implements io.Reader. For a pipe, the error is ErrNoWriter if nothing has it open for writing, and
// os.ErrDeadlineExceeded after 30 seconds without data.
func (in *Input) Read(p []byte) (int, error) {
	if in.info.Mode()&fs.ModeNamedPipe == 0 {
		return in.f.Read(p)
	}
	if err := in.f.SetReadDeadline(time.Now().Add(pipeTimeout)); err != nil {
		return 0, err
	}
	n, err := in.f.Read(p)
	if errors.Is(err, io.EOF) && !in.read {
		err = pathError("read", in.f.Name(), ErrNoWriter)
	}
	in.read = in.read || n > 0
	return n, err
}

// Close implements io.Closer.
func (in *Input) Close() error { return in.f.Close() }

// ReadInput reads a file as OpenInput does. A file of more than limit bytes is an error.
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

// ReadRegular is ReadInput for a file that is read repeatedly: pipes are ErrNotRegular, because they would be empty the
// second time. Its errors do not name the file.
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
