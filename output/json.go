package output

import (
	"bufio"
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// jsonEncoder writes each row as an object on its own line: JSON lines, or an array.
//
// Numbers are numbers; NaN, infinity and nil pointers are null; times are RFC 3339 with nanoseconds. Strings are exact.
// JSON cannot hold a string that is not UTF-8: its object has the key KEY_base64 instead of KEY. The same goes for a list
// with such a string: all its strings are in base64.
type jsonEncoder struct {
	w     *bufio.Writer
	keys  []jsonKey
	array bool
	rows  bool   // a row was written
	line  []byte // reused from row to row
}

// jsonKey is a column with its encoded keys.
type jsonKey struct {
	Column
	quoted, base64 string
}

func newJSONKeys(cols []Column) []jsonKey {
	keys := make([]jsonKey, len(cols))
	for i, c := range cols {
		keys[i] = jsonKey{c, string(appendString(nil, c.Key)) + ":", string(appendString(nil, c.Key+"_base64")) + ":"}
	}
	return keys
}

func (e *jsonEncoder) row(r reflect.Value, _ func(string) Style) error {
	e.line = append(e.line[:0], e.before()...)
	e.line = append(e.line, '{')
	for i := range e.keys {
		if i > 0 {
			e.line = append(e.line, ',')
		}
		e.line = e.keys[i].appendField(e.line, r)
	}
	e.line = append(e.line, '}')
	if !e.array {
		e.line = append(e.line, '\n')
	}
	e.rows = true
	_, err := e.w.Write(e.line)
	return err
}

// before returns what separates a row from what precedes it.
func (e *jsonEncoder) before() string {
	switch {
	case !e.array:
		return ""
	case e.rows:
		return ",\n  "
	default:
		return "[\n  "
	}
}

func (e *jsonEncoder) end() error {
	if !e.array {
		return nil
	}
	last := "[]\n"
	if e.rows {
		last = "\n]\n"
	}
	_, err := e.w.WriteString(last)
	return err
}

// appendField appends the key and the value of a row's field.
func (k *jsonKey) appendField(dst []byte, row reflect.Value) []byte {
	v, ok := k.value(row)
	switch {
	case !ok:
		return append(append(dst, k.quoted...), "null"...)
	case k.kind == kindString && isPlainJSON(v.String()): // nearly all
		return append(append(append(append(dst, k.quoted...), '"'), v.String()...), '"')
	case k.kind == kindString && !utf8.ValidString(v.String()):
		return appendBase64(append(dst, k.base64...), v.String())
	case k.kind == kindStrings && !allValid(v):
		return appendList(append(dst, k.base64...), v, appendBase64)
	default:
		return k.appendValue(append(dst, k.quoted...), v)
	}
}

func (k *jsonKey) appendValue(dst []byte, v reflect.Value) []byte {
	switch k.kind {
	case kindString:
		return appendString(dst, v.String())
	case kindBool:
		return strconv.AppendBool(dst, v.Bool())
	case kindInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case kindUint:
		return strconv.AppendUint(dst, v.Uint(), 10)
	case kindFloat:
		return appendFloat(dst, v.Float())
	case kindTime:
		return append(timeOf(v).AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
	case kindStrings:
		return appendList(dst, v, appendString)
	default:
		return append(dst, encode(v.Interface())...)
	}
}

func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

func appendList(dst []byte, v reflect.Value, item func([]byte, string) []byte) []byte {
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item(dst, v.Index(i).String())
	}
	return append(dst, ']')
}

func allValid(v reflect.Value) bool {
	for i := range v.Len() {
		if !utf8.ValidString(v.Index(i).String()) {
			return false
		}
	}
	return true
}

func appendBase64(dst []byte, s string) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), []byte(s)), '"')
}
