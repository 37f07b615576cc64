package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	// zstdWindow is that of archives that are written. A writer takes 1.6 MiB; a larger one makes archives hardly smaller.
	zstdWindow = 1 << 20
	// maxZstdWindow is the largest of archives that are read, and bounds the memory of a reader. The tool zstd has the same limit.
	maxZstdWindow = 128 << 20
)

// ErrWindow means that an archive cannot be read in the memory that a Reader takes. Only the options --long=28 to 31 of the tool
// zstd make such archives.
var ErrWindow = errors.New("its zstd window is over 128 MiB")

func zstdFormat() *compression {
	return &compression{
		suffix:    ".zst",
		magic:     []byte{0x28, 0xb5, 0x2f, 0xfd},
		newWriter: newZstdWriter,
		newReader: newZstdReader,
		lastPart:  lastFrame,
	}
}

// isSkippable reports whether start is that of a frame without data, which some compressors write first.
func isSkippable(start []byte) bool {
	return start[0]&0xf0 == 0x50 && bytes.Equal(start[1:], []byte{0x2a, 0x4d, 0x18})
}

// newZstdWriter returns a compressor without goroutines, so that it need not be closed after an error.
func newZstdWriter(w io.Writer) (compressor, error) {
	return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true))
}

// zstdReader decompresses frames. It has no goroutines, and need not be closed.
type zstdReader struct {
	d   *zstd.Decoder
	in  *zstdInput
	err error // the end, or why no more can be read
}

func newZstdReader(in *bufio.Reader) (io.Reader, error) {
	start, _ := in.Peek(zstd.HeaderMaxSize) // an error comes again
	var h zstd.Header
	if err := h.Decode(start); err == nil && (h.WindowSize > maxZstdWindow || h.SingleSegment && h.FrameContentSize > maxZstdWindow) {
		return nil, ErrWindow
	}
	r := &zstdReader{in: &zstdInput{r: in}}
	var err error
	r.d, err = zstd.NewReader(r.in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderMaxMemory(maxZstdWindow))
	return r, err
}

// Read returns the data of all blocks before one that is damaged or cut.
func (r *zstdReader) Read(p []byte) (int, error) {
	n, err := r.d.Read(p)
	if n == 0 && err != nil && r.err == nil {
		r.err = r.in.explain(err)
		n, _ = r.d.Read(p) // a block comes after the error of the checksum behind it
	}
	if n > 0 {
		return n, nil // an error comes again
	}
	return 0, r.err
}

// zstdInput is what a decoder reads. It remembers the last bytes and errors: those of the decoder do not tell damage from a
// truncation, nor from an error of reading.
type zstdInput struct {
	r     *bufio.Reader
	tail  []byte // the last bytes, at least maxTail if there were as many
	ended bool
	err   error
}

// maxTail is the length of the last frame of an archive that is complete, or more.
const maxTail = 4 << 10

func (in *zstdInput) Read(p []byte) (int, error) {
	n, err := in.r.Read(p)
	if len(in.tail)+n > 4*maxTail {
		in.tail = append(in.tail[:0], in.tail[max(0, len(in.tail)-maxTail):]...)
	}
	in.tail = append(in.tail, p[max(0, n-maxTail):n]...)
	switch {
	case errors.Is(err, io.EOF):
		in.ended = true
	case err != nil:
		in.err = err
	}
	return n, err
}

// explain returns the error of a decoder as a compression has it. It reads on.
func (in *zstdInput) explain(err error) error {
	damaged := &damagedError{fmt.Errorf("zstd: %w", err)}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		damaged.err = errors.New("zstd: damaged block") // it ended, not the input
	}
	switch {
	case in.err != nil:
		return in.err
	case in.ended && errors.Is(err, io.EOF):
		return io.EOF
	case in.ended && lastFrame(in.tail) != nil:
		return damaged // nothing is missing at the end: the length of a block is wrong
	case in.ended && errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	}
	enough := 1 // no block ends with a zero
	if errors.Is(err, zstd.ErrCRCMismatch) {
		enough = 4 // all of the checksum
	}
	zeros := bytes.HasSuffix(in.tail, make([]byte, enough))
	if _, end := in.r.Peek(1); end == nil {
		zeros, _ = onlyZeros(in.r)
	}
	if zeros {
		return io.ErrUnexpectedEOF
	}
	return damaged
}

func lastFrame(block []byte) []byte {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(zstdWindow))
	if err != nil {
		return nil
	}
	defer d.Close()
	for end := len(block); ; {
		at := bytes.LastIndex(block[:end], zstdFormat().magic)
		if at < 0 {
			return nil
		}
		end = at
		if text, err := d.DecodeAll(block[at:], nil); err == nil {
			return text
		}
	}
}
