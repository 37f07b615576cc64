package archive

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// compression is a format in which archives are compressed. Its data are parts, one after the other: members of gzip, frames of
// zstd. Each can be decompressed without those before it.
type compression struct {
	suffix string // of the names of files
	magic  []byte // at the beginning of a part

	newWriter func(w io.Writer) (compressor, error)
	// newReader returns a reader of all parts. Its error is io.ErrUnexpectedEOF if data end too early, also if there are only zeros
	// instead of the rest, as a loss of power may leave it; a *damagedError; or that of r.
	newReader func(r *bufio.Reader) (io.Reader, error)
	// lastPart decompresses the part at the end of block, and returns nil if none begins there. It returns at most a few megabytes.
	lastPart func(block []byte) []byte
}

// compressor compresses a part. After Flush, all that was written can be decompressed. Close ends the part, and Reset begins another.
type compressor interface {
	io.WriteCloser
	Flush() error
	Reset(w io.Writer)
}

// compressions returns all formats.
func compressions() []*compression { return []*compression{gzipFormat(), zstdFormat()} }

// damagedError means that data are not what a compressor wrote.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }
func (e *damagedError) Unwrap() error { return e.err }

// CompressedSuffix returns the end of a name that means that an archive is compressed: .gz, .zst, or nothing.
func CompressedSuffix(name string) string {
	if c := compressionOfName(name); c != nil {
		return c.suffix
	}
	return ""
}

// compressionOfName returns the format that the name of an archive means, or nil.
func compressionOfName(name string) *compression {
	for _, c := range compressions() {
		if strings.HasSuffix(name, c.suffix) {
			return c
		}
	}
	return nil
}

// maxMagic is how many bytes tell the format.
const maxMagic = 4

// compressionOf returns the format of data that begin with start, or nil. Fewer bytes than maxMagic are all that there is, because
// the writer was killed.
func compressionOf(start []byte) *compression {
	for _, c := range compressions() {
		magic := c.magic[:min(len(c.magic), max(len(start), 1))]
		if bytes.HasPrefix(start, magic) {
			return c
		}
	}
	if len(start) == maxMagic && isSkippable(start) {
		return zstdFormat()
	}
	return nil
}

// Compressed reports whether a file is compressed.
func Compressed(f io.ReaderAt) bool { return compressionOfFile(f) != nil }

func compressionOfFile(f io.ReaderAt) *compression {
	start := make([]byte, maxMagic)
	n, _ := f.ReadAt(start, 0) // an error comes again where it matters
	return compressionOf(start[:n])
}

// onlyZeros reads r up to the first byte that is not zero, and reports whether there is none.
func onlyZeros(r io.Reader) (bool, error) {
	block := make([]byte, 4<<10)
	for {
		n, err := r.Read(block)
		if len(bytes.Trim(block[:n], "\x00")) > 0 {
			return false, nil
		}
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}
