package output

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendString appends s, which must be UTF-8, as a JSON string. Characters that are unsafe on a terminal become \uXXXX,
// which parses to the same string; '<', '>' and '&' are not escaped.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '"' || r == '\\' || NeedsEscape(r, n) {
			dst = append(dst, s[done:i]...)
			dst = appendRune(dst, r)
			done = i + n
		}
		i += n
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}

// isPlainJSON reports whether s is UTF-8 and the same as a JSON string.
func isPlainJSON(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendRune appends the escape of a rune that has at most four hexadecimal digits.
func appendRune(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
	}
}

// encode returns v as encoded by encoding/json, on one line, or null if v cannot be encoded. Bytes that are not UTF-8 are
// lost.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if NeedsEscape(r, utf8.RuneLen(r)) { // only strings can contain it
			out = appendRune(out, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
