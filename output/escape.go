package output

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Escape returns s in a form that is safe on a terminal and stays on one line. It writes control characters, bytes
// that are not UTF-8, line and paragraph separators and the marks that turn the direction of writing as Go does in its
// strings: \n \t \r, \x1b for a byte, \u202e for a character.
//
// A string without any of these comes back as it is. A backslash is never doubled, so the result is for reading:
// a backslash, x, 1, b in the text looks like an escaped ESC. Where that matters, JSON is exact. In return names with
// backslashes keep their looks, and escaping twice does no more than escaping once.
func Escape(s string) string {
	return escape(s, false)
}

// EscapeText is Escape for text of several lines: line ends and tabs stay.
func EscapeText(s string) string {
	return escape(s, true)
}

// TerminalWriter returns a writer that passes on to w what is written to it as EscapeText has it, a call at a time.
func TerminalWriter(w io.Writer) io.Writer { return terminalWriter{w} }

type terminalWriter struct{ w io.Writer }

// Write reports p as written whole, or not at all.
func (t terminalWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(t.w, EscapeText(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func escape(s string, lines bool) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unsafe(r, n) || lines && (r == '\n' || r == '\t') {
			i += n
			continue
		}
		b.WriteString(s[done:i])
		writeEscaped(&b, r, s[i], n)
		i += n
		done = i
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// unsafe tells whether a terminal must not get the rune r, decoded from n bytes.
func unsafe(r rune, n int) bool {
	switch {
	case r >= 0x20 && r < 0x7f:
		return false
	case r < 0xa0, r == utf8.RuneError && n < 2:
		return true
	default:
		return steering(r)
	}
}

// steering tells whether r is invisible and changes how the text around it is read: directional marks, embeddings,
// overrides and isolates, separators of lines and paragraphs, the byte order mark.
func steering(r rune) bool {
	return r == 0x061c || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

func writeEscaped(b *strings.Builder, r rune, first byte, n int) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\t':
		b.WriteString(`\t`)
	case r == '\r':
		b.WriteString(`\r`)
	case n == 1:
		fmt.Fprintf(b, `\x%02x`, first)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}
