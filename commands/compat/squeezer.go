package compat

import (
	"bufio"
	"bytes"
	"io"
)

// squeezer rewrites the lines of send_gearman's input. That splits at any character of its delimiter, and takes several in a
// row for one, as in a table that is padded: so does this, between the fields in front of the output, where it is certain
// which field is which. A service result is; any other line keeps its empty fields, which gearctl refuses.
type squeezer struct {
	in         *bufio.Reader
	delimiters string
	line       []byte // to be read
	err        error
	inLine     bool // the rest of a line that is longer than the buffer
}

func newSqueezer(r io.Reader, delimiters string) *squeezer {
	return &squeezer{in: bufio.NewReaderSize(r, keptInput), delimiters: delimiters}
}

// Read returns as many lines as are there: each call costs its reader a buffer and a write to the network.
func (s *squeezer) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(s.line) == 0 {
			if s.err != nil || n > 0 && s.in.Buffered() == 0 {
				break
			}
			s.next()
		}
		copied := copy(p[n:], s.line)
		n, s.line = n+copied, s.line[copied:]
	}
	if n == 0 {
		err = s.err
	}
	return n, err
}

// next reads a line.
func (s *squeezer) next() {
	line, err := s.in.ReadSlice('\n')
	if err != nil && err != bufio.ErrBufferFull {
		s.err = err
	}
	if s.line = line; !s.inLine {
		s.line = squeeze(line, s.delimiters)
	}
	s.inLine = err == bufio.ErrBufferFull
}

// squeeze returns a line with one delimiter, the first, between its fields.
func squeeze(line []byte, delimiters string) []byte {
	var fields [3][]byte
	rest, several := line, false
	for i := range fields {
		trimmed := bytes.TrimLeft(rest, delimiters)
		several = several || len(rest)-len(trimmed) > min(i, 1)
		end := bytes.IndexAny(trimmed, delimiters)
		if end < 0 {
			end = len(trimmed)
		}
		fields[i], rest = trimmed[:end], trimmed[end:]
	}
	service := len(rest) > 0 && isCode(fields[2])
	switch {
	case len(fields[2]) == 0, several && !service, !several && len(delimiters) == 1:
		return line
	case service:
		rest = rest[1:]
		return bytes.Join([][]byte{fields[0], fields[1], fields[2], rest}, []byte(delimiters[:1]))
	}
	return append(bytes.Join(fields[:], []byte(delimiters[:1])), rest...)
}

// isCode reports whether a field is a return code.
func isCode(field []byte) bool {
	field = bytes.TrimSpace(field)
	return len(field) == 1 && '0' <= field[0] && field[0] <= '3'
}
