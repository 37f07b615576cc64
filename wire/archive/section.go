package archive

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Section is the part of an archive that one writer wrote.
type Section struct {
	Last     int64 // number of its last line, from 1: its trailer, if it has one
	Trailer  bool  // it has a trailer
	Complete bool  // it has a trailer, and all its jobs were acknowledged
	Pending  bool  // it has a trailer, and its jobs were to be acknowledged next
}

// Scan reads an archive without parsing its records, and verifies the checksums of a compressed one. It returns the
// sections and the number of lines, also with an error: ErrTruncated if compressed data are truncated, or that of r.
func Scan(r io.Reader) (sections []Section, lines int64, err error) {
	s := NewReader(r)
	if err := s.decompress(); err != nil {
		return nil, 0, endError(err)
	}
	closed := false
	for {
		start, whole, err := s.scanLine()
		switch {
		case errors.Is(err, io.EOF) && closed:
			return sections, lines, nil
		case err != nil && !errors.Is(err, io.EOF):
			return append(sections, Section{Last: lines}), lines, endError(err)
		case err != nil:
			return append(sections, Section{Last: lines}), lines, nil
		}
		lines++
		closed = whole && bytes.HasPrefix(start, []byte(trailerStart))
		if closed {
			_, t, err := Parse(start)
			s := Section{Last: lines, Trailer: true}
			if err == nil && t != nil {
				s.Complete, s.Pending = t.Complete(), t.Pending
			}
			sections = append(sections, s)
		}
	}
}

// scanLine returns the start of the next line, up to 4 KiB, valid until the next call. whole is false for a last line
// without a newline.
func (r *Reader) scanLine() (start []byte, whole bool, err error) {
	for size := int64(0); size < r.maxSkip; {
		part, err := r.r.ReadSlice('\n')
		size += int64(len(part))
		if start == nil {
			start = append(r.line[:0], part[:min(len(part), 4<<10)]...)
			r.line = start
		}
		switch {
		case err == nil:
			return start, true, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(start) > 0:
			return start, false, nil
		default:
			return nil, false, err
		}
	}
	return nil, false, ErrEndless
}
