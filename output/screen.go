package output

import (
	"bytes"
	"fmt"
	"io"
)

// Screen redraws a terminal in place: each frame is written over the one before it, without clearing, so nothing
// flickers. What was on the terminal moves up before the first frame and can be scrolled back to.
type Screen struct {
	w     io.Writer
	size  func() (width, height int)
	drawn bool
	buf   bytes.Buffer
}

// What a terminal is told.
const (
	home      = "\x1b[H"
	eraseLine = "\x1b[K"
	eraseDown = "\x1b[J"
	wrapOff   = "\x1b[?7l" // a line that is too long ends at the margin
	wrapOn    = "\x1b[?7h"
)

// NewScreen returns a Screen on the terminal w. The size is asked for before every frame; 0 means unknown.
func NewScreen(w io.Writer, size func() (width, height int)) *Screen {
	return &Screen{w: w, size: size}
}

// Draw shows a frame: lines, which may hold colours but nothing else that moves the cursor. Lines that are too long
// are cut by the terminal; when there are too many, the last that fits says how many are missing. A frame is written
// at once.
func (s *Screen) Draw(frame []byte) error {
	_, height := s.size()
	s.buf.Reset()
	if !s.drawn {
		s.buf.Write(bytes.Repeat([]byte("\r\n"), height))
		s.drawn = true
	}
	s.buf.WriteString(wrapOff + home)
	for i, line := range clip(frame, height) {
		if i > 0 {
			s.buf.WriteString("\r\n")
		}
		s.buf.Write(line)
		s.buf.WriteString(eraseLine)
	}
	s.buf.WriteString(eraseDown + wrapOn)
	return s.write()
}

// clip returns the lines of a frame, as many as fit.
func clip(frame []byte, height int) [][]byte {
	lines := bytes.Split(bytes.TrimSuffix(frame, []byte("\n")), []byte("\n"))
	if height <= 0 || len(lines) <= height {
		return lines
	}
	missing := int64(len(lines) - height + 1)
	return append(lines[:height-1:height-1], []byte("("+Plural(missing, "more line", "more lines")+")"))
}

// Close leaves the cursor on the line under the last frame.
func (s *Screen) Close() error {
	if !s.drawn {
		return nil
	}
	s.drawn = false
	s.buf.Reset()
	s.buf.WriteString("\r\n")
	return s.write()
}

func (s *Screen) write() error {
	if _, err := s.w.Write(s.buf.Bytes()); err != nil {
		return fmt.Errorf("draw screen: %w", err)
	}
	return nil
}
