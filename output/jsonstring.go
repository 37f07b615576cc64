package output

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendString appends s, which is UTF-8, as a JSON string. What a terminal must not get is written by its number,
// which changes nothing for who parses it; '<', '>' and '&' stay.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '"' || r == '\\' || unsafe(r, n) {
			dst = append(dst, s[done:i]...)
			dst = appendRune(dst, r)
			done = i + n
		}
		i += n
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}

// appendRune appends a rune that cannot stand for itself, all of which have at most four hexadecimal digits.
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

// encode returns what encoding/json makes of a value that has no kind of its own, on one line, and null of what it
// cannot take. Bytes that are not UTF-8 are lost there.
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
		if unsafe(r, utf8.RuneLen(r)) { // can only be in a string
			out = appendRune(out, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
