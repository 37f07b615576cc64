package archive

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Section is what one writer wrote into an archive.
type Section struct {
	Last     int64 // number of its last line, its trailer where it has one
	Complete bool  // all its jobs are off their server
}

// Scan reads an archive without reading its records: it returns the sections, and how many lines there are. Of a
// compressed archive it checks all sums. The error is ErrCut where the archive ends in the middle of something, with all
// that stands before, and otherwise that of the file.
func Scan(r io.Reader) (sections []Section, lines int64, err error) {
	s := NewReader(r)
	if err := s.decompress(); err != nil {
		return nil, 0, cut(err)
	}
	closed := false
	for {
		start, whole, err := s.scanLine()
		switch {
		case errors.Is(err, io.EOF) && closed:
			return sections, lines, nil
		case err != nil && !errors.Is(err, io.EOF):
			return append(sections, Section{Last: lines}), lines, cut(err)
		case err != nil:
			return append(sections, Section{Last: lines}), lines, nil
		}
		lines++
		closed = whole && bytes.HasPrefix(start, []byte(trailerStart))
		if closed {
			_, t, err := Parse(start)
			sections = append(sections, Section{Last: lines, Complete: err == nil && t != nil && t.Complete()})
		}
	}
}

// scanLine returns the beginning of the next line, valid until the next call. whole says that it has an end.
func (r *Reader) scanLine() (start []byte, whole bool, err error) {
	for size := int64(0); size < r.limit; {
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
