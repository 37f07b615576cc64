// Package nagios has the vocabulary of monitoring plugins: states, ranges, thresholds of queues and performance data, as the
// Monitoring Plugins guidelines define them. It does no input or output.
package nagios

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"gearctl/output"
)

// Perfdata is one value of a plugin's performance data.
type Perfdata struct {
	Label      string
	Value      float64 // NaN: unknown
	Unit       string  // s, c, B, % or empty
	Warn, Crit Range
	Min, Max   string // verbatim; empty: none
}

// AppendPerfdata appends 'LABEL'=VALUE[UNIT];WARN;CRIT;MIN;MAX as the Monitoring Plugins guidelines define it, without
// trailing empty fields. Ranges are written as they were parsed. The label is quoted if necessary, and quotes in it are
// doubled. Characters that a label must not contain become \xNN. If there are any, or the label contains text that looks
// like \xNN, its backslashes are doubled, so that different labels stay different.
func AppendPerfdata(dst []byte, p Perfdata) []byte {
	dst = appendLabel(dst, p.Label)
	dst = append(dst, '=')
	switch whole := int64(p.Value); {
	case math.IsNaN(p.Value) || math.IsInf(p.Value, 0):
		dst = append(dst, 'U')
	case float64(whole) == p.Value && -1<<53 <= whole && whole <= 1<<53:
		dst = append(strconv.AppendInt(dst, whole, 10), p.Unit...)
	default:
		dst = append(strconv.AppendFloat(dst, p.Value, 'f', -1, 64), p.Unit...)
	}
	end := len(dst)
	for _, field := range [...]string{p.Warn.text, p.Crit.text, p.Min, p.Max} {
		dst = append(append(dst, ';'), field...)
		if field != "" {
			end = len(dst)
		}
	}
	return dst[:end]
}

func appendLabel(dst []byte, label string) []byte {
	if isPlainLabel(label) {
		return append(dst, label...)
	}
	double := !utf8.ValidString(label) || output.LooksEscaped(label) ||
		strings.ContainsFunc(label, func(r rune) bool { return disallowedInLabel(r, utf8.RuneLen(r)) })
	dst = append(dst, '\'')
	for i := 0; i < len(label); {
		r, n := utf8.DecodeRuneInString(label[i:])
		switch {
		case disallowedInLabel(r, n):
			for _, c := range []byte(label[i : i+n]) {
				dst = fmt.Appendf(dst, `\x%02x`, c)
			}
		case r == '\'', r == '\\' && double:
			dst = append(dst, byte(r), byte(r))
		default:
			dst = append(dst, label[i:i+n]...)
		}
		i += n
	}
	return append(dst, '\'')
}

// disallowedInLabel reports whether no label may contain r, decoded from n bytes.
func disallowedInLabel(r rune, n int) bool { return r == '=' || r == '|' || output.NeedsEscape(r, n) }

// isPlainLabel reports whether a label needs no quotes.
func isPlainLabel(label string) bool {
	for i := range len(label) {
		switch c := label[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= ':', c == '_', c == '-', c == '.', c == '/':
		default:
			return false
		}
	}
	return label != ""
}

// EscapeLine escapes s for a line of plugin output: like output.Escape, and also |, which begins performance data.
func EscapeLine(s string) string { return strings.ReplaceAll(output.Escape(s), "|", `\x7c`) }
