package archive

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
)

// continueLines makes an archive ready for more lines: it must begin as one, and what was cut short at its end is
// removed.
func (s *fileSink) continueLines() error {
	first := &Reader{r: bufio.NewReader(io.NewSectionReader(s.f, 0, s.good)), begun: true}
	var damaged *LineError
	if _, err := first.Next(); errors.As(err, &damaged) {
		return ErrNoArchive
	}
	end, err := lastLineEnd(s.f, s.good)
	if err != nil || end == s.good {
		return err
	}
	tail := make([]byte, s.good-end)
	if _, err := s.f.ReadAt(tail, end); err != nil {
		return err
	}
	if _, _, err := Parse(tail); err == nil { // only its line end is missing
		_, err := s.Write([]byte("\n"))
		return err
	}
	if err := s.f.Truncate(end); err != nil {
		return err
	}
	s.good, err = s.f.Seek(end, io.SeekStart)
	return err
}

// lastLineEnd returns the offset behind the last line end in the first size bytes of f, 0 when there is none.
func lastLineEnd(f *os.File, size int64) (int64, error) {
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
