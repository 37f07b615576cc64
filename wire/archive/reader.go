package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"gearctl/wire/disk"
)

// maxLine is the longest line that is read unless MaxJob says otherwise: a job of 64 MiB in base64, and its names.
const maxLine = (64<<20)/3*4 + maxNames

// maxNames is how long what stands beside the data may be.
const maxNames = 64 << 10

// lineLimit is how long a line may be that is left out because it is too long, or twice what is read where that is
// more. Beyond it the line may have no end.
const lineLimit = 1 << 30

// ErrEndless says that a line is longer than any that an archive has.
var ErrEndless = errors.New("no archive: a line does not end")

// LineError is a line of an archive that cannot be read. The lines after it can.
type LineError struct {
	Number int64 // from 1
	Err    error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Number, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// ErrCut says that an archive ends in the middle of a line, or of compressed data: who wrote it was killed. What
// stands before was read.
var ErrCut = errors.New("the archive was cut short")

// ErrLong is the cause of a LineError for a job that is larger than what is read.
var ErrLong = errors.New("its job is over the limit")

// Reader reads an archive, compressed or not. It holds one line in memory.
type Reader struct {
	r       *bufio.Reader
	close   func() error
	line    []byte
	most    int   // bytes of a line
	limit   int64 // bytes of a line that is left out
	number  int64 // of the line read last
	records int64 // since the last trailer, damaged lines too
	begun   bool
	trailer *Trailer
	odd     int64
	good    bool // a record or a trailer was read
	section int
}

// Open opens an archive in a file.
func Open(d disk.FS, path string) (*Reader, error) {
	f, err := d.Open(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	r := NewReader(f)
	r.close = f.Close
	return r, nil
}

// NewReader reads an archive from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, 256<<10), most: maxLine, limit: lineLimit, close: func() error { return nil }}
}

// MaxJob sets how large a workload may be, instead of 64 MiB.
func (r *Reader) MaxJob(size int) {
	r.most = size/3*4 + maxNames
	r.limit = max(lineLimit, 2*int64(r.most))
}

// Close closes a file that Open opened.
func (r *Reader) Close() error { return r.close() }

// Number returns the number of the line that Next read last, from 1.
func (r *Reader) Number() int64 { return r.number }

// Trailer returns the trailer when it is the last that was read, else nil: then records may follow that no trailer
// confirms, as when a drain was killed.
func (r *Reader) Trailer() *Trailer { return r.trailer }

// Section returns the number of the section that Next reads in, from 0: how many trailers were read.
func (r *Reader) Section() int { return r.section }

// Missing returns how many records less were read than the trailers so far say.
func (r *Reader) Missing() int64 { return r.odd }

// Next returns the next record, which stays valid. At the end the error is io.EOF, or ErrCut where the archive ends in
// the middle of something; a *LineError stands for one line, and Next may be called again. Any other error is that of
// the file, and final.
func (r *Reader) Next() (*Record, error) {
	if !r.begun {
		r.begun = true
		if err := r.decompress(); err != nil {
			return nil, cut(err)
		}
	}
	for {
		whole, err := r.readLine()
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(r.line)) == 0 {
			continue
		}
		record, trailer, err := Parse(r.line)
		switch {
		case err != nil && !whole && (r.good || begins(r.line)):
			return nil, ErrCut
		case err != nil:
			r.records, r.trailer = r.records+1, nil
			return nil, &LineError{r.number, err}
		case trailer != nil:
			if !trailer.Cut {
				r.odd += max(0, trailer.Records-r.records)
			}
			r.records, r.trailer, r.good = 0, trailer, true
			r.section++
			continue
		}
		r.records, r.trailer, r.good = r.records+1, nil, true
		return record, nil
	}
}

// begins reports whether a line that was cut short may have been one of an archive.
func begins(line []byte) bool {
	n := min(len(line), len(lineStart))
	return string(line[:n]) == lineStart[:n]
}

// decompress reads through gzip where the archive begins as gzip does.
func (r *Reader) decompress() error {
	gz := []byte{0x1f, 0x8b}
	magic, _ := r.r.Peek(len(gz))
	if !bytes.HasPrefix(gz, magic) || len(magic) == 0 {
		return nil
	}
	z, err := gzip.NewReader(r.r)
	if err == nil {
		r.r = bufio.NewReaderSize(z, 256<<10)
	}
	return err
}

// readLine reads a line into r.line. whole is false for a last one without its end.
func (r *Reader) readLine() (whole bool, err error) {
	r.line = r.line[:0]
	for {
		part, err := r.r.ReadSlice('\n')
		long := len(r.line)+len(part) > r.most
		if !long {
			r.line = append(r.line, part...)
		}
		switch {
		case err == nil && long:
			r.number++
			return false, &LineError{r.number, ErrLong}
		case err == nil:
			r.number++
			return true, nil
		case errors.Is(err, bufio.ErrBufferFull) && long:
			return false, r.skipLine()
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(r.line) > 0:
			r.number++
			return false, nil
		default:
			return false, cut(err)
		}
	}
}

// skipLine leaves out the rest of a line that is too long.
func (r *Reader) skipLine() error {
	r.number++
	for size := int64(len(r.line)); size < r.limit; {
		part, err := r.r.ReadSlice('\n')
		switch {
		case err == nil:
			return &LineError{r.number, ErrLong}
		case !errors.Is(err, bufio.ErrBufferFull):
			return cut(err)
		}
		size += int64(len(part))
	}
	return fmt.Errorf("line %d: %w", r.number, ErrEndless)
}

// cut tells an archive that was cut short from other errors.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCut
	}
	return err
}
