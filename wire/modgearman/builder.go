package modgearman

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FieldError refuses to build a packet, or says what a parsed one lacks.
type FieldError struct {
	Packet  string // "service check", "result", …
	Field   string // the name of the field
	Problem string
}

func (e *FieldError) Error() string { return e.Packet + ": " + e.Field + " " + e.Problem }

// builder appends fields and remembers the first that cannot be carried.
type builder struct {
	buf    []byte
	packet string
	err    error
}

func (b *builder) fail(field, format string, args ...any) {
	if b.err == nil {
		b.err = &FieldError{b.packet, field, fmt.Sprintf(format, args...)}
	}
}

// optional writes a text that must not end its line.
func (b *builder) optional(name, value string) {
	if i := strings.IndexAny(value, "\n\x00"); i >= 0 {
		what := "newline, which would begin another field"
		if value[i] == 0 {
			what = "NUL byte, where receivers would cut it"
		}
		b.fail(name, "holds a %s", what)
	}
	b.line(name, value)
}

// required is optional for a text without which receivers stop reading the packet.
func (b *builder) required(name, value string) {
	if value == "" {
		b.fail(name, "is empty, and the C programs stop reading there")
	}
	b.optional(name, value)
}

func (b *builder) line(name, value string) {
	b.buf = append(b.buf, name...)
	b.buf = append(b.buf, '=')
	b.buf = append(b.buf, value...)
	b.buf = append(b.buf, '\n')
}

func (b *builder) int(name string, value int) {
	b.buf = append(b.buf, name...)
	b.buf = append(b.buf, '=')
	b.buf = strconv.AppendInt(b.buf, int64(value), 10)
	b.buf = append(b.buf, '\n')
}

func (b *builder) timestamp(name string, t time.Time) {
	b.buf = append(b.buf, name...)
	b.buf = append(b.buf, '=')
	b.buf = appendTimestamp(b.buf, t)
	b.buf = append(b.buf, '\n')
}

// knownStamp leaves the line out for the zero time.
func (b *builder) timestampIfSet(name string, t time.Time) {
	if !t.IsZero() {
		b.timestamp(name, t)
	}
}

// done returns the packet with its tail, or dst as it was and the error.
func (b *builder) finish(dst []byte, tail string) ([]byte, error) {
	if b.err != nil {
		return dst, b.err
	}
	return append(b.buf, tail...), nil
}

func trimmed(value []byte) string { return string(bytes.TrimSpace(value)) }
