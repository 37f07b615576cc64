package archive

import (
	"bytes"
	"errors"
	"io"
)

// isArchive refuses what begins otherwise than an archive.
func isArchive(r io.Reader) error {
	var start [len(lineStart)]byte
	n, err := io.ReadFull(r, start[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	if !begins(start[:n]) {
		return ErrNoArchive
	}
	return nil
}

// continueLines makes an archive ready for more lines: it must begin as one, and what was cut short at its end is
// removed.
func (s *fileSink) continueLines() error {
	if err := isArchive(io.NewSectionReader(s.f, 0, s.good)); err != nil {
		return err
	}
	end, err := lastLineEnd(s.f, s.good)
	if err != nil {
		return err
	}
	if end == s.good {
		return s.markCut()
	}
	tail := make([]byte, s.good-end)
	if _, err := s.f.ReadAt(tail, end); err != nil {
		return err
	}
	if _, _, err := Parse(tail); err == nil { // only its line end is missing
		if _, err := s.Write([]byte("\n")); err != nil {
			return err
		}
		return s.markCut()
	}
	if err := s.f.Truncate(end); err != nil {
		return err
	}
	if s.good, err = s.f.Seek(end, io.SeekStart); err != nil {
		return err
	}
	return s.markCut()
}

// markCut writes where a writer that did not come to its end stopped, unless a trailer stands there.
func (s *fileSink) markCut() error {
	if s.good == 0 {
		return nil
	}
	before, err := lastLineEnd(s.f, s.good-1)
	if err != nil {
		return err
	}
	start := make([]byte, min(s.good-before, int64(len(trailerStart))))
	if _, err := s.f.ReadAt(start, before); err != nil || string(start) == trailerStart {
		return err
	}
	_, err = s.Write(AppendTrailer(nil, Trailer{Cut: true}))
	return err
}

// lastLineEnd returns the offset behind the last line end in the first size bytes of f, 0 when there is none.
func lastLineEnd(f io.ReaderAt, size int64) (int64, error) {
	block := make([]byte, 64<<10)
	for size > 0 {
		n := min(size, int64(len(block)))
		if _, err := f.ReadAt(block[:n], size-n); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(block[:n], '\n'); i >= 0 {
			return size - n + int64(i) + 1, nil
		}
		size -= n
	}
	return 0, nil
}
