package output

import (
	"bufio"
	"reflect"
	"strings"
)

// tsvEncoder writes a header line of keys, then a line per row, with a tab between the cells. In a cell \t is a tab, \n a
// newline, \r a carriage return and \\ a backslash, so that each row is one line and each value can be restored.
type tsvEncoder struct {
	w       *bufio.Writer
	cols    []Column
	header  bool // must still be written
	escaped bool
	safe    bool
}

func newTSVEncoder(w *bufio.Writer, o Options, cols []Column) *tsvEncoder {
	return &tsvEncoder{w: w, cols: cols, header: !o.NoHeader, escaped: o.Terminal, safe: o.CSVSafe}
}

var tsvEscapes = strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\r`, `\`, `\\`)

func (e *tsvEncoder) row(r reflect.Value, _ func(string) Style) error {
	if err := e.end(); err != nil {
		return err
	}
	for i := range e.cols {
		cell := safeCell(&e.cols[i], e.cols[i].text(r), e.safe)
		cell = tsvEscapes.Replace(cell)
		if e.escaped {
			cell = Escape(cell)
		}
		e.cell(i, cell)
	}
	return e.w.WriteByte('\n')
}

// cell writes a cell; an error shows at the end of the line.
func (e *tsvEncoder) cell(i int, text string) {
	if i > 0 {
		_ = e.w.WriteByte('\t')
	}
	_, _ = e.w.WriteString(text)
}

// end writes the header if there were no rows.
func (e *tsvEncoder) end() error {
	if !e.header {
		return nil
	}
	e.header = false
	for i, c := range e.cols {
		e.cell(i, c.Key)
	}
	return e.w.WriteByte('\n')
}
