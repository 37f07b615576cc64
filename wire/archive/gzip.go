package archive

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
)

func gzipFormat() *compression {
	return &compression{
		suffix:    ".gz",
		magic:     []byte{0x1f, 0x8b},
		newWriter: func(w io.Writer) (compressor, error) { return gzip.NewWriter(w), nil },
		newReader: newGzipReader,
		lastPart:  lastMember,
	}
}

// gzipReader decompresses members.
type gzipReader struct {
	*gzip.Reader
	in *bufio.Reader
}

func newGzipReader(in *bufio.Reader) (io.Reader, error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, gzipError(in, err)
	}
	return &gzipReader{z, in}, nil
}

func (r *gzipReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	return n, gzipError(r.in, err)
}

// gzipError tells damage from a truncation, where in has what was not decompressed.
func gzipError(in *bufio.Reader, err error) error {
	var corrupt flate.CorruptInputError
	if !errors.As(err, &corrupt) && !errors.Is(err, gzip.ErrHeader) && !errors.Is(err, gzip.ErrChecksum) {
		return err
	}
	if _, end := in.Peek(1); end != nil {
		return &damagedError{err}
	}
	if zeros, _ := onlyZeros(in); zeros {
		return io.ErrUnexpectedEOF
	}
	return &damagedError{err}
}

func lastMember(block []byte) []byte {
	for end := len(block); ; {
		at := bytes.LastIndex(block[:end], []byte{0x1f, 0x8b, 8})
		if at < 0 {
			return nil
		}
		end = at
		in := bytes.NewReader(block[at:])
		z, err := gzip.NewReader(in)
		if err != nil {
			continue
		}
		z.Multistream(false)
		text, err := io.ReadAll(io.LimitReader(z, 64<<10))
		if err == nil && in.Len() == 0 {
			return text
		}
	}
}
