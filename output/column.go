package output

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Column is a field of a row type: a column of a table and a key in JSON. ColumnsOf makes it.
type Column struct {
	Key      string // the name in JSON, --columns and --sort; in upper case, the table heading
	Right    bool   // right-aligned in tables
	Optional bool   // printed only when selected
	Wide     bool   // text that is cut when a table does not fit the terminal
	Name     bool   // of a Wide column: cut only where dropping columns is not enough
	Keep     bool   // not dropped when a table does not fit the terminal; Wide columns are not either
	Rank     int    // of the others: the lowest are dropped first; 0: 5
	Unit     Unit   // of a number, in tables

	index  []int // of the field, for reflect.Value.FieldByIndex
	kind   kind
	labels *Labels // the column is that of a label of the server in the field, or of all labels; nil: it is the field
	label  string  // its name; empty: all labels
}

// Unit is the unit of a number.
type Unit uint8

// The units. Only tables show them: JSON, CSV and templates get the bare number.
const (
	NoUnit Unit = iota
	InBytes
	InSeconds
)

// kind is the underlying type of a field, or of what it points to.
type kind uint8

const (
	kindOther kind = iota // formatted by encoding/json
	kindString
	kindBool
	kindInt
	kindUint
	kindFloat
	kindTime
	kindStrings
	kindLabels // a map of strings: an object in JSON, else NAME=VALUE
)

// ColumnsOf returns the columns of the struct type T in field order. The tag `json:"key"` names a column; a field
// without the tag, or named "-", is skipped. The tag `out:"option,option"` sets options: optional (printed only when
// Options.Columns or Options.Also names it), left and right (alignment; numbers default to right), bytes and
// seconds (the unit in tables), and what happens when a table is too wide for the terminal: wide (text that is cut first), name
// (cut last), keep (stays) and drop1 to drop9 (left out, in this order; 5 is the default). Fields of embedded structs count as fields of T.
// ColumnsOf panics if T is not a struct or an option is unknown.
func ColumnsOf[T any]() []Column {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("output: columns of %v: not a struct", t))
	}
	return columnsOf(t, nil)
}

func columnsOf(t reflect.Type, path []int) []Column {
	var cols []Column
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(path[:len(path):len(path)], i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct:
			cols = append(cols, columnsOf(f.Type, index)...)
		case f.IsExported() && key != "" && key != "-":
			cols = append(cols, newColumn(key, f, index))
		}
	}
	return cols
}

func newColumn(key string, f reflect.StructField, index []int) Column {
	c := Column{Key: key, index: index, kind: kindOf(f.Type)}
	c.Right = c.isNumber()
	for option := range strings.SplitSeq(f.Tag.Get("out"), ",") {
		c.setOption(option)
	}
	return c
}

func (c *Column) setOption(option string) {
	switch option {
	case "":
	case "optional":
		c.Optional = true
	case "wide":
		c.Wide = true
	case "name":
		c.Wide, c.Name = true, true
	case "keep":
		c.Keep = true
	case "drop1", "drop2", "drop3", "drop4", "drop5", "drop6", "drop7", "drop8", "drop9":
		c.Rank = int(option[len("drop")] - '0')
	case "left":
		c.Right = false
	case "right":
		c.Right = true
	case "bytes":
		c.Unit = InBytes
	case "seconds":
		c.Unit = InSeconds
	default:
		panic(fmt.Sprintf("output: column %s: unknown option %q", c.Key, option))
	}
}

func kindOf(t reflect.Type) kind {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return kindString
	case reflect.Bool:
		return kindBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return kindInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return kindUint
	case reflect.Float32, reflect.Float64:
		return kindFloat
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return kindStrings
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.String {
			return kindLabels
		}
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return kindTime
		}
	}
	return kindOther
}

// rank returns the order in which the column is dropped; 0: never.
func (c *Column) rank() int {
	if c.Wide || c.Keep {
		return 0
	}
	return cmp.Or(c.Rank, 5)
}

// Keys returns the keys of cols, in order.
func Keys(cols []Column) []string {
	keys := make([]string, len(cols))
	for i, c := range cols {
		keys[i] = c.Key
	}
	return keys
}

// isNumber reports whether the column holds numbers.
func (c *Column) isNumber() bool {
	return c.kind == kindInt || c.kind == kindUint || c.kind == kindFloat
}
