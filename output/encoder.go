package output

import (
	"bufio"
	"fmt"
	"reflect"
)

// encoder writes rows in one format.
type encoder interface {
	// row encodes the next row, an addressable struct. style returns the style of a cell by its key; it may be nil.
	row(r reflect.Value, style func(key string) Style) error
	// end writes what follows the last row.
	end() error
}

// newEncoder returns the encoder for o.Format. It writes to w.
func newEncoder(w *bufio.Writer, o Options, cols []Column) (encoder, error) {
	switch o.Format.Kind {
	case Table:
		return newTableEncoder(w, o, cols), nil
	case JSON:
		return &jsonEncoder{w: w, keys: newJSONKeys(cols), array: true}, nil
	case JSONL:
		return &jsonEncoder{w: w, keys: newJSONKeys(cols)}, nil
	case CSV:
		return newCSVEncoder(w, o, cols), nil
	case TSV:
		return newTSVEncoder(w, o, cols), nil
	case Template:
		return newTemplateEncoder(w, o, cols)
	default:
		return nil, fmt.Errorf("print rows as %s: not a format for rows", o.Format.Kind)
	}
}
