package output

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Exposition is a document of metrics in the text format of Prometheus, version 0.0.4. Each family is begun once, by Gauge
// or Counter, and its values follow. A family without values is left out, and so is a value whose labels were there
// already: a reader would discard the whole document for it.
type Exposition struct {
	buf    []byte
	family string
	head   string // of the family, until it has a value
	seen   map[string]struct{}
}

// Gauge begins a family of values that go up and down. help is one line.
func (e *Exposition) Gauge(name, help string) { e.begin(name, help, "gauge") }

// Counter begins a family of values that only grow, whose name ends in _total. help is one line.
func (e *Exposition) Counter(name, help string) { e.begin(name, help, "counter") }

func (e *Exposition) begin(name, help, kind string) {
	e.family = name
	e.head = "# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n"
	e.seen = map[string]struct{}{}
}

// Value adds a value of the family. labels are name, value, name, value …; the values may hold any bytes.
func (e *Exposition) Value(v float64, labels ...string) {
	e.buf = append(e.buf, e.head...)
	e.head = ""
	begin := len(e.buf)
	e.buf = append(e.buf, e.family...)
	for i := 0; i < len(labels); i += 2 {
		e.buf = append(e.buf, "{,"[min(i, 1)])
		e.buf = append(append(e.buf, labels[i]...), '=', '"')
		e.buf = append(appendLabelValue(e.buf, labels[i+1]), '"')
	}
	if len(labels) > 0 {
		e.buf = append(e.buf, '}')
	}
	series := e.buf[begin:]
	if _, twice := e.seen[string(series)]; twice {
		e.buf = e.buf[:begin]
		return
	}
	e.seen[string(series)] = struct{}{}
	e.buf = append(strconv.AppendFloat(append(e.buf, ' '), v, 'g', -1, 64), '\n')
}

// Bytes returns the document so far. It is valid until the next call of another method.
func (e *Exposition) Bytes() []byte { return e.buf }

// appendLabelValue escapes what the format wants escaped.
func appendLabelValue(dst []byte, s string) []byte {
	s = labelValue(s)
	for i := range len(s) {
		switch s[i] {
		case '\n':
			dst = append(dst, `\n`...)
		case '\\', '"':
			dst = append(dst, '\\', s[i])
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

// labelValue returns s as UTF-8, which a label must be; different texts have different values. What is no UTF-8 becomes
// \xNN, and in a text with such, or that looks as if it had, backslashes are doubled.
func labelValue(s string) string {
	if utf8.ValidString(s) && !looksEscaped(s) {
		return s
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.Write([]byte{'\\', 'x', hex[s[i]>>4], hex[s[i]&15]})
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
