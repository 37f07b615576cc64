package output

import (
	"bufio"
	"fmt"
	"reflect"
)

// encoder is what tells one format from another.
type encoder interface {
	// row takes the next row, a struct that can be addressed, and the style of its cells by key, which may be nil.
	row(r reflect.Value, style func(key string) Style) error
	// end writes what comes after the last row.
	end() error
}

// newEncoder returns the encoder of a format, which writes to w.
func newEncoder(w *bufio.Writer, o Options, cols []Column) (encoder, error) {
	switch o.Format.Kind {
	case Table:
		return newTableEncoder(w, o, cols), nil
	case JSON:
		return &jsonEncoder{w: w, keys: newKeyNames(cols), array: true}, nil
	case JSONL:
		return &jsonEncoder{w: w, keys: newKeyNames(cols)}, nil
	case CSV:
		return newCSVEncoder(w, o, cols), nil
	case Template:
		return newTemplateEncoder(w, o, cols)
	default:
		return nil, fmt.Errorf("print rows as %s: not a format for rows", o.Format.Kind)
	}
}
