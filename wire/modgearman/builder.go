package modgearman

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FieldError is a field that keeps a packet from being built, or that a parsed packet lacks.
type FieldError struct {
	Packet  string // operation and packet, such as "build service check"
	Field   string
	Problem string
}

func (e *FieldError) Error() string { return e.Packet + ": " + e.Field + " " + e.Problem }

// builder appends fields and keeps the first error.
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

// optional writes a value, which must be a single line.
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

// required is optional for values that must not be empty: receivers would stop reading the packet.
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

// timestampIfSet omits the line for the zero time.
func (b *builder) timestampIfSet(name string, t time.Time) {
	if !t.IsZero() {
		b.timestamp(name, t)
	}
}

// finish returns the packet with its tail, or dst unchanged and the error.
func (b *builder) finish(dst []byte, tail string) ([]byte, error) {
	if b.err != nil {
		return dst, b.err
	}
	return append(b.buf, tail...), nil
}

func trimmed(value []byte) string { return string(bytes.TrimSpace(value)) }
