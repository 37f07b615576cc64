package output

import (
	"bufio"
	"encoding/csv"
	"reflect"
	"strings"
)

// csvEncoder writes a header line of keys, then a line per row, with exact values.
type csvEncoder struct {
	w       *bufio.Writer
	lines   *csv.Writer // reuses the buffer of w
	cols    []Column
	header  bool // must still be written
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
		e.cells = append(e.cells, safeCell(&e.cols[i], cell, e.safe))
	}
	return e.line(e.cells)
}

// safeCell puts a ' in front of a cell that a spreadsheet may evaluate, if safe is set.
func safeCell(c *Column, cell string, safe bool) string {
	if safe && !c.isNumber() && isFormula(cell) {
		return "'" + cell
	}
	return cell
}

// isFormula reports whether a spreadsheet may evaluate the cell as a formula: it starts with = + - or @, or with white
// space that some spreadsheets strip first.
func isFormula(cell string) bool {
	return cell != "" && strings.IndexByte("=+-@\t\r\n", cell[0]) >= 0
}

// end writes the header if there were no rows.
func (e *csvEncoder) end() error { return e.head() }

func (e *csvEncoder) head() error {
	if !e.header {
		return nil
	}
	e.header = false
	return e.line(Keys(e.cols))
}

func (e *csvEncoder) line(cells []string) error {
	if len(cells) == 1 && cells[0] == "" {
		_, err := e.w.WriteString("\"\"\n") // most readers skip an empty line
		return err
	}
	return e.lines.Write(cells)
}
