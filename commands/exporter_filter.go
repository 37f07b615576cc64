package commands

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gearctl/wire"
)

// queueFilter says which queues become metrics.
type queueFilter struct {
	include *queueMatcher // nil: all
	exclude *queueMatcher // nil: none
	most    int
}

// wants reports whether a queue is asked for.
func (f *queueFilter) wants(queue string) bool {
	return !strings.HasPrefix(queue, privateQueue) &&
		(f.include == nil || f.include.match(queue)) && (f.exclude == nil || !f.exclude.match(queue))
}

// pick returns the queues that are asked for, by name and each once, and those that are too many. Which these are does
// not change from scrape to scrape as long as the names do not.
func (f *queueFilter) pick(rows []wire.FunctionStatus) (shown, leftOut []wire.FunctionStatus) {
	for _, q := range rows {
		if f.wants(q.Function) {
			shown = append(shown, q)
		}
	}
	slices.SortStableFunc(shown, func(a, b wire.FunctionStatus) int { return strings.Compare(a.Function, b.Function) })
	shown = slices.CompactFunc(shown, func(a, b wire.FunctionStatus) bool { return a.Function == b.Function })
	n := min(len(shown), f.most)
	return shown[:n], shown[n:]
}

// labelValue returns text of a server as the value of a label, which must be UTF-8; different texts have different
// values. What is no UTF-8 becomes \xNN, and in a text with such, or that looks as if it had, backslashes are doubled.
func labelValue(s string) string {
	if utf8.ValidString(s) && !looksEscaped(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// looksEscaped reports whether s holds what labelValue makes of a byte.
func looksEscaped(s string) bool {
	for {
		_, after, ok := strings.Cut(s, `\x`)
		if !ok {
			return false
		}
		if len(after) >= 2 && isHex(after[0]) && isHex(after[1]) {
			return true
		}
		s = after
	}
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }
