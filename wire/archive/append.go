package archive

import (
	"bytes"
	"errors"
	"io"
)

// checkStart returns ErrNotArchive unless r starts like an archive.
func checkStart(r io.Reader) error {
	var start [len(lineStart)]byte
	n, err := io.ReadFull(r, start[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	if !hasLineStart(start[:n]) {
		return ErrNotArchive
	}
	return nil
}

// prepareAppend checks that the file is an archive, and repairs and syncs its end: an incomplete last line is removed.
func (s *fileSink) prepareAppend() error {
	if err := checkStart(io.NewSectionReader(s.f, 0, s.size)); err != nil {
		return err
	}
	end, err := lastLineEnd(s.f, s.size)
	if err != nil {
		return err
	}
	if end == s.size {
		return s.markInterrupted(nil)
	}
	tail := make([]byte, s.size-end)
	if _, err := s.f.ReadAt(tail, end); err != nil {
		return err
	}
	if _, _, err := Parse(tail); err == nil {
		return s.markInterrupted([]byte("\n")) // only that is missing
	}
	if err := s.cut(end); err != nil {
		return err
	}
	return s.markInterrupted(nil)
}

// markInterrupted writes and syncs repair, and a trailer with Cut if the last writer did not write one.
func (s *fileSink) markInterrupted(repair []byte) error {
	if s.size == 0 {
		return nil
	}
	last, err := lastLineEnd(s.f, s.size+int64(len(repair))-1)
	if err != nil {
		return err
	}
	start := make([]byte, min(s.size-last, int64(len(trailerStart))))
	if _, err := s.f.ReadAt(start, last); err != nil {
		return err
	}
	if string(start) != trailerStart {
		repair = AppendTrailer(repair, Trailer{Interrupted: true})
	}
	if len(repair) == 0 {
		return nil
	}
	if _, err := s.Write(repair); err != nil {
		return err
	}
	return s.f.Sync() // else later records could survive a crash, after a hole
}

// lastLineEnd returns the offset after the last newline in the first size bytes of f, or 0.
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
