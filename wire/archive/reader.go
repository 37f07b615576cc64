package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"gearctl/wire/disk"
)

// defaultMaxLine is the longest line that is parsed by default: a job of 64 MiB in base64, and its names.
const defaultMaxLine = (64<<20)/3*4 + maxBareLine

// maxBareLine is the longest line without its data.
const maxBareLine = 64 << 10

// minSkip is the longest line that is skipped, unless twice the longest line that is parsed is more.
const minSkip = 1 << 30

// ErrEndless means that a line is longer than any line of an archive.
var ErrEndless = errors.New("not an archive: a line does not end")

// LineError is a line of an archive that cannot be read. Lines after it can.
type LineError struct {
	Number int64 // from 1
	Err    error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Number, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// ErrTruncated means that an archive ends in the middle of a line or of compressed data, because its writer was killed. All
// complete records before were returned.
var ErrTruncated = errors.New("the archive is truncated")

// ErrTooLarge is the cause of a LineError for a job over the limit of MaxJob.
var ErrTooLarge = errors.New("its job is over the limit")

// Reader reads an archive, compressed or not. It keeps one line in memory.
type Reader struct {
	r          *bufio.Reader
	close      func() error
	line       []byte
	maxLine    int   // longest line that is parsed, in bytes
	maxSkip    int64 // longest line that is skipped, in bytes
	number     int64 // of the last line read
	records    int64 // since the last trailer, including damaged lines
	started    bool
	trailer    *Trailer
	missing    int64
	valid      bool // a record or a trailer was read
	section    int
	compressed bool
	offset     int64  // of the last line, in bytes of lines
	read       int64  // up to the end of the last line
	sum        uint32 // of the lines since the last trailer
	summed     uint32 // the same, without the last line
	altered    int64
}

// Open opens an archive file. Close closes it.
func Open(d disk.FS, path string) (*Reader, error) {
	f, err := d.Open(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	r := NewReader(f)
	r.close = f.Close
	return r, nil
}

// NewReader returns a Reader that reads from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, 256<<10), maxLine: defaultMaxLine, maxSkip: minSkip, close: func() error { return nil }}
}

// MaxJob sets the largest workload in bytes; the default is 64 MiB. It must be called before Next.
func (r *Reader) MaxJob(size int) {
	r.maxLine = size/3*4 + maxBareLine
	r.maxSkip = max(minSkip, 2*int64(r.maxLine))
}

// Close closes the file if the Reader was made by Open.
func (r *Reader) Close() error { return r.close() }

// Number returns the number of the last line that Next read, from 1.
func (r *Reader) Number() int64 { return r.number }

// Trailer returns the trailer if it was the last line read, else nil. At the end of an archive, nil means that its writer
// was killed.
func (r *Reader) Trailer() *Trailer { return r.trailer }

// Offset returns where the last line begins, in bytes before compression.
func (r *Reader) Offset() int64 { return r.offset }

// Altered returns how many sections so far have another checksum than their trailer says.
func (r *Reader) Altered() int64 { return r.altered }

// Section returns the index of the section that Next reads: the number of trailers so far.
func (r *Reader) Section() int { return r.section }

// Missing returns how many records are missing, according to the trailers so far.
func (r *Reader) Missing() int64 { return r.missing }

// Next returns the next record, which belongs to the caller. At the end the error is io.EOF, or ErrTruncated if the archive is
// truncated. After a *LineError, Next may be called again for the next line. Other errors are final.
func (r *Reader) Next() (*Record, error) {
	if !r.started {
		r.started = true
		if err := r.decompress(); err != nil {
			return nil, endError(err)
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
		case err != nil && !whole && (r.valid || hasLineStart(bytes.TrimRight(r.line, "\x00"))):
			return nil, ErrTruncated
		case err != nil:
			r.records, r.trailer = r.records+1, nil
			return nil, &LineError{r.number, err}
		case trailer != nil:
			if !trailer.Interrupted {
				r.missing += max(0, trailer.Records-r.records)
			}
			if trailer.Summary != nil && trailer.Summary.CRC != r.summed {
				r.altered++
			}
			r.records, r.trailer, r.valid = 0, trailer, true
			r.section++
			continue
		}
		r.records, r.trailer, r.valid = r.records+1, nil, true
		return record, nil
	}
}

// hasLineStart reports whether a truncated line may be from an archive.
func hasLineStart(line []byte) bool {
	n := min(len(line), len(lineStart))
	return string(line[:n]) == lineStart[:n]
}

// decompress reads through what the first bytes say that compressed the archive.
func (r *Reader) decompress() error {
	start, _ := r.r.Peek(maxMagic) // an error comes again
	c := compressionOf(start)
	if c == nil {
		return nil
	}
	r.compressed = true
	z, err := c.newReader(r.r)
	if err == nil {
		r.r = bufio.NewReaderSize(z, 256<<10)
	}
	return err
}

// readLine reads a line into r.line. whole is false for a last line without a newline.
func (r *Reader) readLine() (whole bool, err error) {
	r.line, r.offset, r.summed = r.line[:0], r.read, r.sum
	if r.trailer != nil {
		r.sum = 0
	}
	for {
		part, err := r.readSlice()
		long := len(r.line)+len(part) > r.maxLine
		if !long {
			r.line = append(r.line, part...)
		}
		switch {
		case err == nil && long:
			r.number++
			return false, &LineError{r.number, ErrTooLarge}
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
			return false, endError(err)
		}
	}
}

func (r *Reader) readSlice() ([]byte, error) {
	part, err := r.r.ReadSlice('\n')
	r.read += int64(len(part))
	r.sum = crc32.Update(r.sum, castagnoli(), part)
	return part, err
}

// skipLine skips the rest of a line that is too long.
func (r *Reader) skipLine() error {
	r.number++
	for size := int64(len(r.line)); size < r.maxSkip; {
		part, err := r.readSlice()
		switch {
		case err == nil:
			return &LineError{r.number, ErrTooLarge}
		case !errors.Is(err, bufio.ErrBufferFull):
			return endError(err)
		}
		size += int64(len(part))
	}
	return fmt.Errorf("line %d: %w", r.number, ErrEndless)
}

// endError returns ErrTruncated for an unexpected end, and other errors unchanged.
func endError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}

// Compressed reports whether the archive is compressed. It is known after the first call of Next.
func (r *Reader) Compressed() bool { return r.compressed }
