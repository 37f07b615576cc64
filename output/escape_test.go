package output

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	tests := []struct{ name, in, line, text string }{
		{"nothing to do", `C:\temp é 日本 \x1b`, `C:\temp é 日本 \x1b`, `C:\temp é 日本 \x1b`},
		{"empty", "", "", ""},
		{"colors", "a\x1b[31mb", `a\x1b[31mb`, `a\x1b[31mb`},
		{"lines and tabs", "a\n\tb\r\n", `a\n\tb\r\n`, "a\n\tb\\r\n"},
		{"NUL, BEL, DEL", "\x00\a\x7f", `\x00\x07\x7f`, `\x00\x07\x7f`},
		{"C1 as a character", "\u009b2J", `\u009b2J`, `\u009b2J`},
		{"C1 as a byte", "\x9b2J", `\x9b2J`, `\x9b2J`},
		{"not UTF-8", "caf\xe9 \xe6\x97", `caf\xe9 \xe6\x97`, `caf\xe9 \xe6\x97`},
		{"surrogate", "\xed\xa0\x80", `\xed\xa0\x80`, `\xed\xa0\x80`},
		{"replacement character", "\ufffd", "\ufffd", "\ufffd"},
		{"direction", "a\u202eb\u2066\u200f\u061c", `a\u202eb\u2066\u200f\u061c`, `a\u202eb\u2066\u200f\u061c`},
		{"separators", "\u2028\u2029\u0085", `\u2028\u2029\u0085`, `\u2028\u2029\u0085`},
		{"backslashes stay single", "\\\n", `\\n`, "\\\n"},
		{"joined emoji stay", "\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want(t, Escape(tt.in), tt.line)
			want(t, EscapeText(tt.in), tt.text)
		})
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b]0;x\a", "\u009b\xff\u202e", "a\n\\\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, text := Escape(s), EscapeText(s)
		if i := strings.IndexFunc(line, unicode.IsControl); i >= 0 || !utf8.ValidString(line) {
			t.Errorf("Escape(%q) = %q", s, line)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Errorf("EscapeText(%q) = %q", s, text)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) {
			t.Errorf("Escape(%q) = %q turns the direction", s, line)
		}
		if Escape(line) != line || EscapeText(text) != text || Escape(text) != line {
			t.Errorf("escaping %q twice does more than once", s)
		}
	})
}
