package output

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Column is a column of a table and a key of JSON, made from a field of a row type by ColumnsOf.
type Column struct {
	Key      string // the name in JSON, in --columns and --sort; in upper case the heading of a table
	Right    bool   // aligned right in tables
	Optional bool   // shown only when asked for
	Wide     bool   // cut first when a table does not fit
	Unit     Unit   // how a number is shown in tables

	index []int // of the field
	kind  kind
}

// Unit tells what a number counts.
type Unit uint8

// The units. Only tables show them: JSON, CSV and templates have the bare number.
const (
	NoUnit Unit = iota
	InBytes
	InSeconds
)

// kind is what a field holds, whatever the name of its type and whether behind a pointer or not.
type kind uint8

const (
	kindOther kind = iota // whatever encoding/json makes of it
	kindString
	kindBool
	kindInt
	kindUint
	kindFloat
	kindTime
	kindStrings
)

// ColumnsOf returns the columns of the struct type T in the order of its fields. The tag `json:"key"` names a column;
// a field without it, or named "-", is none. The tag `out:"option,option"` sets options: optional (the column is shown
// only when Options.Columns or Options.Also names it), wide (cut first when a table is too wide), left and right
// (alignment; numbers are right by themselves), bytes and seconds (how tables show the number). Fields of embedded
// structs count as fields of T. ColumnsOf panics when T is no struct or an option is unknown: both are mistakes of the
// programmer.
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
	c.Right = c.number()
	for option := range strings.SplitSeq(f.Tag.Get("out"), ",") {
		c.set(option)
	}
	return c
}

func (c *Column) set(option string) {
	switch option {
	case "":
	case "optional":
		c.Optional = true
	case "wide":
		c.Wide = true
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
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return kindTime
		}
	}
	return kindOther
}

// Keys returns the keys of columns, in their order.
func Keys(cols []Column) []string {
	keys := make([]string, len(cols))
	for i, c := range cols {
		keys[i] = c.Key
	}
	return keys
}

// number reports whether the cells of a column are numbers.
func (c *Column) number() bool { return c.kind == kindInt || c.kind == kindUint || c.kind == kindFloat }
