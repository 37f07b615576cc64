package output

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Escape makes s safe to print on one line of a terminal. It replaces control characters, bytes that are not UTF-8, line
// and paragraph separators and bidirectional controls by Go escapes: \n \t \r, \x1b for a byte, \u202e for a character.
// Any other string is returned unchanged.
//
// Backslashes are not doubled, so names that contain them stay readable and escaping twice changes nothing, but the
// result cannot be decoded unambiguously. Use JSON for exact strings.
func Escape(s string) string { return escape(s, false) }

// EscapeText is Escape for multi-line text: it keeps newlines and tabs.
func EscapeText(s string) string { return escape(s, true) }

// TerminalWriter returns a writer that passes the EscapeText of each write on to w, in ASCII if ascii is set.
func TerminalWriter(w io.Writer, ascii bool) io.Writer { return terminalWriter{w, ascii} }

type terminalWriter struct {
	w     io.Writer
	ascii bool
}

// Write reports all of p as written, or nothing.
func (t terminalWriter) Write(p []byte) (int, error) {
	text := EscapeText(string(p))
	if t.ascii {
		text = ASCII(text)
	}
	if _, err := io.WriteString(t.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

func escape(s string, lines bool) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !NeedsEscape(r, n) || lines && (r == '\n' || r == '\t') {
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

// NeedsEscape reports whether r, decoded from n bytes, must not be sent to a terminal.
func NeedsEscape(r rune, n int) bool {
	switch {
	case r >= 0x20 && r < 0x7f:
		return false
	case r < 0xa0, r == utf8.RuneError && n < 2:
		return true
	default:
		return isBidiControl(r)
	}
}

// isBidiControl reports whether r is invisible and changes how the text around it reads: directional marks, embeddings,
// overrides and isolates, line and paragraph separators, the byte order mark.
func isBidiControl(r rune) bool {
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
