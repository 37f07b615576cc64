package output

import (
	"bufio"
	"bytes"
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
	plain   []byte   // likewise
}

func newCSVEncoder(w *bufio.Writer, o Options, cols []Column) *csvEncoder {
	return &csvEncoder{w: w, lines: csv.NewWriter(w), cols: cols, header: !o.NoHeader, escaped: o.Terminal, safe: o.CSVSafe}
}

func (e *csvEncoder) row(r reflect.Value, _ func(string) Style) error {
	if err := e.head(); err != nil {
		return err
	}
	if e.appendPlain(r) {
		_, err := e.w.Write(e.plain)
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

// appendPlain sets e.plain to the line of a row, and reports false if it may need quotes or escapes. It takes a third of the
// time of package csv, which is for the others.
func (e *csvEncoder) appendPlain(r reflect.Value) bool {
	e.plain = e.plain[:0]
	for i := range e.cols {
		if i > 0 {
			e.plain = append(e.plain, ',')
		}
		start := len(e.plain)
		e.plain = e.cols[i].appendText(e.plain, r)
		if !e.cols[i].isNumber() && !isPlain(e.plain[start:]) {
			return false
		}
	}
	if len(e.plain) == 0 { // see line
		return false
	}
	e.plain = append(e.plain, '\n')
	return true
}

// isPlain reports whether a cell is the same with and without quotes, escapes and CSVSafe.
func isPlain(cell []byte) bool {
	if len(cell) > 0 && bytes.IndexByte([]byte("=+-@ "), cell[0]) >= 0 {
		return false
	}
	for _, c := range cell {
		if c < ' ' || c >= 0x7f || c == ',' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
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
