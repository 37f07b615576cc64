package archive

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gearctl/wire/disk"
)

// ErrBusy says that another process writes to an archive.
var ErrBusy = errors.New("another process is writing to it")

// ErrNoArchive says that a file which is to be added to holds something else.
var ErrNoArchive = errors.New("it holds something else than an archive")

// ErrCannotAppend says that a compressed archive was cut short: what were appended could not be read.
var ErrCannotAppend = errors.New("it was cut short in the middle of compressed data, after which nothing can be read")

// Create makes a new archive with mode 0600, which only its owner may read: jobs hold commands and their output. The
// error is fs.ErrExist when the file is there. A name that ends in .gz makes a compressed one.
func Create(d disk.FS, path string) (*Writer, error) {
	return open(d, path, os.O_CREATE|os.O_EXCL)
}

// Append opens an archive to add to it, and makes it when it is not there. A last line that was cut short is removed:
// its job was never acknowledged. The whole of a compressed archive is read first, to know that it can be added to.
func Append(d disk.FS, path string) (*Writer, error) {
	return open(d, path, os.O_CREATE)
}

func open(d disk.FS, path string, flags int) (*Writer, error) {
	f, err := d.Open(path, os.O_RDWR|flags, 0o600)
	if err != nil {
		return nil, err
	}
	s, err := newFileSink(d, f)
	if err != nil {
		f.Close()
		if flags&os.O_EXCL != 0 {
			d.Remove(path)
		}
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return newWriter(s), nil
}

// fileSink is an archive in a file.
type fileSink struct {
	f    disk.File
	zip  *gzip.Writer // nil: not compressed
	good int64        // the size up to the last piece that was written whole
}

func newFileSink(d disk.FS, f disk.File) (*fileSink, error) {
	if err := lock(f); err != nil {
		return nil, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if err := disk.SyncName(d, f.Name(), size == 0); err != nil {
		return nil, err
	}
	s := &fileSink{f: f, good: size}
	compressed := strings.HasSuffix(f.Name(), ".gz")
	if compressed {
		s.zip = gzip.NewWriter(f)
	}
	if size == 0 {
		return s, nil
	}
	if compressed {
		return s, checkWhole(f)
	}
	return s, s.continueLines()
}

func lock(f disk.File) error {
	switch err := f.Lock(); {
	case errors.Is(err, disk.ErrBusy):
		return ErrBusy
	case !errors.Is(err, disk.ErrNoLocks):
		return err
	}
	return nil
}

// checkWhole reads a compressed archive from its beginning to its end, where it leaves f.
func checkWhole(f disk.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 64<<10))
	if err == nil {
		err = isArchive(z)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, z)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ErrCannotAppend
	}
	if err != nil {
		return err
	}
	_, err = f.Seek(0, io.SeekEnd)
	return err
}

// Write writes p whole or, when the disk is full, cuts off what it wrote of it.
func (s *fileSink) Write(p []byte) (int, error) {
	if s.zip != nil {
		return s.zip.Write(p)
	}
	n, err := s.f.Write(p)
	if err != nil {
		s.f.Truncate(s.good) // what it says is worth less than err
		return n, err
	}
	s.good += int64(n)
	return n, nil
}

func (s *fileSink) sync() error {
	if s.zip != nil {
		if err := s.zip.Flush(); err != nil {
			return err
		}
	}
	return s.f.Sync()
}

func (s *fileSink) close(whole bool) error {
	if s.zip == nil || !whole {
		return s.f.Close()
	}
	err := s.zip.Close()
	if err == nil {
		err = s.f.Sync() // what follows the last job, without which nothing can be appended
	}
	return errors.Join(err, s.f.Close())
}
