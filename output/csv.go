package output

import (
	"bufio"
	"encoding/csv"
	"reflect"
	"strings"
)

// csvEncoder writes a line of keys, then a line for each row, with exact values.
type csvEncoder struct {
	w       *bufio.Writer
	lines   *csv.Writer // has no buffer of its own, as w is a large one already
	cols    []Column
	header  bool // still to be written
	escaped bool
	safe    bool
	cells   []string // reused from row to row
}

func newCSVEncoder(w *bufio.Writer, o Options, cols []Column) *csvEncoder {
	return &csvEncoder{w: w, lines: csv.NewWriter(w), cols: cols, header: !o.NoHeader, escaped: o.Terminal, safe: o.CSVSafe}
}

func (e *csvEncoder) row(r reflect.Value, _ func(string) Style) error {
	if err := e.head(); err != nil {
		return err
	}
	e.cells = e.cells[:0]
	for i := range e.cols {
		cell := e.cols[i].text(r)
		if e.escaped {
			cell = Escape(cell)
		}
		if e.safe && !e.cols[i].number() && isFormula(cell) {
			cell = "'" + cell
		}
		e.cells = append(e.cells, cell)
	}
	return e.line(e.cells)
}

// isFormula reports whether spreadsheets take a cell as a formula: it begins with = + - or @, or with a character that
// some of them leave out first.
func isFormula(cell string) bool {
	return cell != "" && strings.IndexByte("=+-@\t\r\n", cell[0]) >= 0
}

// end writes the keys when no row has come before them.
func (e *csvEncoder) end() error {
	return e.head()
}

func (e *csvEncoder) head() error {
	if !e.header {
		return nil
	}
	e.header = false
	return e.line(Keys(e.cols))
}

func (e *csvEncoder) line(cells []string) error {
	if len(cells) == 1 && cells[0] == "" {
		_, err := e.w.WriteString("\"\"\n") // a bare empty line would be no row to most readers
		return err
	}
	return e.lines.Write(cells)
}
