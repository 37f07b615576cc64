package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"gearctl/wire/disk"
)

// ErrBusy means that another process is writing to the archive.
var ErrBusy = errors.New("another process is writing to it")

// ErrNotArchive means that Append was called for a file that is not an archive.
var ErrNotArchive = errors.New("it is not an archive")

// ErrCannotAppend means that a compressed archive is truncated or damaged: appended records could not be read.
var ErrCannotAppend = errors.New("its compressed data is truncated or damaged, so appended records could not be read")

// ErrMisnamed means that Append was called for a file that is not compressed as its name says.
var ErrMisnamed = errors.New("it is not compressed as its name says")

// Create creates an archive, compressed if the name ends in .gz or .zst. Its mode is 0600, because jobs contain commands and their
// output. The error is fs.ErrExist if the file exists.
func Create(d disk.FS, path string) (*Writer, error) {
	return open(d, path, os.O_CREATE|os.O_EXCL)
}

// Append opens an archive to add records, and creates it if it does not exist. An incomplete last line is removed: its job
// was never acknowledged. So is everything if the file has only zeros, as a loss of power may leave it. A compressed archive
// is read first, to check that it is complete. The errors are ErrBusy, ErrNotArchive, ErrMisnamed, ErrCannotAppend, ErrWindow, or those
// of d.
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
		if flags&os.O_EXCL != 0 && !errors.Is(err, ErrBusy) { // else another process writes to it already
			d.Remove(path)
		}
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return newWriter(s), nil
}

// fileSink is an archive in a file.
type fileSink struct {
	f       disk.File
	zip     compressor    // nil: not compressed
	zipped  *bufio.Writer // of zip: the pieces that it writes survive a crash together
	size    int64         // up to the last complete write, without zip
	in, out atomic.Int64  // bytes that zip got, and made of them
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
	s := &fileSink{f: f, size: size}
	c := compressionOfName(f.Name())
	if c != nil {
		s.zipped = bufio.NewWriterSize(f, 64<<10)
		if s.zip, err = c.newWriter(countingWriter{s.zipped, &s.out}); err != nil {
			return nil, err
		}
	}
	zeros, err := onlyZeros(io.NewSectionReader(f, 0, size))
	switch {
	case err != nil:
		return nil, err
	case zeros:
		return s, s.cut(0)
	case c != nil:
		return s, s.checkCompressed(c)
	}
	return s, s.prepareAppend()
}

// cut removes everything after the first size bytes.
func (s *fileSink) cut(size int64) (err error) {
	if s.size == size {
		return nil
	}
	if err := s.f.Truncate(size); err != nil {
		return err
	}
	if s.size, err = s.f.Seek(size, io.SeekStart); err != nil {
		return err
	}
	return s.f.Sync()
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

// checkCompressed reads a compressed archive to check that it is complete, and leaves the file at its end. If it has no trailer,
// because its writer was killed between the last two parts, it gets one with Cut.
func (s *fileSink) checkCompressed(c *compression) error {
	start := make([]byte, min(s.size, maxMagic))
	if _, err := s.f.ReadAt(start, 0); err != nil {
		return err
	}
	switch of := compressionOf(start); {
	case start[0] == 0: // a loss of power took it
		return ErrCannotAppend
	case of == nil || of.suffix != c.suffix:
		return ErrMisnamed
	}
	z, err := c.newReader(bufio.NewReaderSize(io.NewSectionReader(s.f, 0, s.size), 64<<10))
	if err == nil {
		err = checkStart(z)
	}
	closed := false
	if err == nil {
		closed, err = endsWithTrailer(io.NewSectionReader(s.f, 0, s.size))
	}
	damaged := (*damagedError)(nil)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrTruncated) || errors.As(err, &damaged) {
		return ErrCannotAppend
	}
	if err != nil {
		return err
	}
	if _, err = s.f.Seek(0, io.SeekEnd); err != nil || closed {
		return err
	}
	if _, err := s.Write(AppendTrailer(nil, Trailer{Interrupted: true})); err != nil {
		return err
	}
	if err := errors.Join(s.endMember(), s.sync()); err != nil {
		return err
	}
	s.size, err = s.f.Seek(0, io.SeekEnd)
	return err
}

// endsWithTrailer reads an archive, and reports whether its last line is a trailer, or there is none.
func endsWithTrailer(r io.Reader) (bool, error) {
	sections, lines, err := Scan(r)
	return lines == 0 || len(sections) > 0 && sections[len(sections)-1].Trailer, err
}

// Write writes p. After an error, such as a full disk, it truncates what it wrote of p.
func (s *fileSink) Write(p []byte) (int, error) {
	if s.zip != nil {
		n, err := s.zip.Write(p)
		s.in.Add(int64(n))
		return n, err
	}
	n, err := s.f.Write(p)
	if err != nil {
		s.f.Truncate(s.size) // err matters more than its error
		return n, err
	}
	s.size += int64(n)
	return n, nil
}

// stored implements sink. What is not compressed yet is taken to shrink like the rest, and at first to a quarter.
func (s *fileSink) stored(plain int64) int64 {
	if s.zip == nil {
		return plain
	}
	in, out := s.in.Load(), s.out.Load()
	if in < 64<<10 {
		return out + (plain-in)/4
	}
	return int64(float64(plain) / float64(in) * float64(out))
}

// countingWriter counts the bytes that it passes on.
type countingWriter struct {
	io.Writer
	n *atomic.Int64
}

func (c countingWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n.Add(int64(n))
	return n, err
}

func (s *fileSink) start() int64 { return s.size }

// writeEnd implements sink. Of compressed data the trailer is a member of its own, so that it can be read without what is before
// it. Else it is written at once with the records, or it could survive a crash without them.
func (s *fileSink) writeEnd(p []byte) error {
	if s.zip == nil {
		_, err := s.Write(p)
		return err
	}
	at := bytes.LastIndexByte(p[:len(p)-1], '\n') + 1
	_, err := s.Write(p[:at])
	if err == nil {
		err = s.endMember()
	}
	if err == nil {
		_, err = s.Write(p[at:])
	}
	return err
}

// endMember begins another member of compressed data.
func (s *fileSink) endMember() error {
	err := s.zip.Close()
	s.zip.Reset(countingWriter{s.zipped, &s.out})
	return err
}

func (s *fileSink) sync() error {
	if s.zip != nil {
		if err := errors.Join(s.zip.Flush(), s.zipped.Flush()); err != nil {
			return err
		}
	}
	return s.f.Sync()
}

func (s *fileSink) close(whole bool) error {
	if s.zip == nil || !whole {
		return s.f.Close()
	}
	err := errors.Join(s.zip.Close(), s.zipped.Flush())
	if err == nil {
		err = s.f.Sync() // the gzip trailer, without which nothing can be appended
	}
	return errors.Join(err, s.f.Close())
}
