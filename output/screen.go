package output

import (
	"bytes"
	"fmt"
	"io"
)

// Screen redraws a terminal in place. Each frame overwrites the one before without clearing, so nothing flickers. The
// first frame scrolls the terminal's contents up, so that they stay in the scrollback.
type Screen struct {
	w     io.Writer
	size  func() (width, height int)
	drawn bool
	buf   bytes.Buffer
}

// Terminal control sequences.
const (
	home      = "\x1b[H"
	eraseLine = "\x1b[K"
	eraseDown = "\x1b[J"
	wrapOff   = "\x1b[?7l" // cut long lines at the margin
	wrapOn    = "\x1b[?7h"
)

// NewScreen returns a Screen on the terminal w. size is called before every frame; 0 means unknown.
func NewScreen(w io.Writer, size func() (width, height int)) *Screen {
	return &Screen{w: w, size: size}
}

// Draw writes a frame of lines in a single write. Lines may contain colors but no other control sequences. The terminal
// cuts long lines; if there are too many lines, the last visible one says how many are missing.
func (s *Screen) Draw(frame []byte) error {
	_, height := s.size()
	s.buf.Reset()
	if !s.drawn {
		s.buf.Write(bytes.Repeat([]byte("\r\n"), height))
		s.drawn = true
	}
	s.buf.WriteString(wrapOff + home)
	for i, line := range visibleLines(frame, height) {
		if i > 0 {
			s.buf.WriteString("\r\n")
		}
		s.buf.Write(line)
		s.buf.WriteString(eraseLine)
	}
	s.buf.WriteString(eraseDown + wrapOn)
	return s.write()
}

// visibleLines returns the lines of a frame that fit.
func visibleLines(frame []byte, height int) [][]byte {
	lines := bytes.Split(bytes.TrimSuffix(frame, []byte("\n")), []byte("\n"))
	if height <= 0 || len(lines) <= height {
		return lines
	}
	missing := int64(len(lines) - height + 1)
	return append(lines[:height-1:height-1], []byte("("+Plural(missing, "more line", "more lines")+")"))
}

// Close moves the cursor below the last frame.
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
