package output

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value returns the row's value in the column, dereferenced. ok is false for a nil pointer.
func (c *Column) value(row reflect.Value) (v reflect.Value, ok bool) {
	if len(c.index) == 1 {
		v = row.Field(c.index[0])
	} else {
		v = row.FieldByIndex(c.index)
	}
	if v.Kind() == reflect.Pointer {
		v, ok = v.Elem(), !v.IsNil()
	} else {
		ok = true
	}
	if c.labels != nil {
		return c.ofLabels(v, ok)
	}
	return v, ok
}

// ofLabels is value for a column of labels. v is the server, if there is one.
func (c *Column) ofLabels(v reflect.Value, known bool) (reflect.Value, bool) {
	var labels map[string]string
	if known {
		labels = c.labels.Of(v.String())
	}
	if c.label != "" {
		text, ok := labels[c.label]
		return reflect.ValueOf(text), ok
	}
	if labels == nil {
		labels = map[string]string{}
	}
	return reflect.ValueOf(labels), true
}

// text returns the exact text of a cell: bare numbers, lists and labels joined by spaces, nothing for null.
func (c *Column) text(row reflect.Value) string {
	v, ok := c.value(row)
	if !ok {
		return ""
	}
	switch c.kind {
	case kindString:
		return v.String()
	case kindBool:
		return strconv.FormatBool(v.Bool())
	case kindInt:
		return strconv.FormatInt(v.Int(), 10)
	case kindUint:
		return strconv.FormatUint(v.Uint(), 10)
	case kindFloat:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case kindTime:
		return timeOf(v).Format(time.RFC3339Nano)
	case kindStrings:
		return strings.Join(stringsOf(v), " ")
	case kindLabels:
		return strings.Join(labelsOf(v), " ")
	default:
		return string(encode(v.Interface()))
	}
}

// appendText appends the text of a cell.
func (c *Column) appendText(dst []byte, row reflect.Value) []byte {
	v, ok := c.value(row)
	switch {
	case !ok:
		return dst
	case c.kind == kindString:
		return append(dst, v.String()...)
	case c.kind == kindBool:
		return strconv.AppendBool(dst, v.Bool())
	case c.kind == kindInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case c.kind == kindUint:
		return strconv.AppendUint(dst, v.Uint(), 10)
	}
	return append(dst, c.text(row)...)
}

// display returns the text of a cell for people: numbers with their unit, yes or no, times to the second, "-" for null. It
// is safe on a terminal.
func (c *Column) display(row reflect.Value) string {
	v, ok := c.value(row)
	switch {
	case !ok:
		return "-"
	case c.kind == kindBool && v.Bool():
		return "yes"
	case c.kind == kindBool:
		return "no"
	case c.kind == kindFloat && (math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0)):
		return "-"
	case c.kind == kindFloat && c.Unit == InSeconds:
		return Seconds(v.Float())
	case c.kind == kindInt && c.Unit == InBytes:
		return Bytes(v.Int())
	case c.kind == kindUint && c.Unit == InBytes:
		return Bytes(int64(min(v.Uint(), math.MaxInt64)))
	case c.kind == kindInt, c.kind == kindUint, c.kind == kindFloat:
		return c.text(row)
	case c.kind == kindTime:
		return timeOf(v).Format(time.RFC3339)
	default:
		return Escape(c.text(row))
	}
}

func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

// stringsOf returns v, a slice of any string type, as []string.
func stringsOf(v reflect.Value) []string {
	list := make([]string, v.Len())
	for i := range list {
		list[i] = v.Index(i).String()
	}
	return list
}

// labelsOf returns v, a map of strings, as NAME=VALUE sorted by name.
func labelsOf(v reflect.Value) []string {
	list := make([]string, 0, v.Len())
	for key, value := range v.Seq2() {
		list = append(list, key.String()+"="+value.String())
	}
	slices.Sort(list)
	return list
}
