package output

import (
	"bufio"
	"bytes"
	"reflect"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"
)

// tableEncoder keeps the cells of all rows and lays them out at the end: headings in upper case, two blanks between
// columns, no borders, no blanks at the ends of lines, nothing wrapped.
type tableEncoder struct {
	w      *bufio.Writer
	o      Options
	cols   []Column
	rows   [][]string
	styles [][]Style // of the rows; nil where all is plain
}

func newTableEncoder(w *bufio.Writer, o Options, cols []Column) *tableEncoder {
	return &tableEncoder{w: w, o: o, cols: cols}
}

func (e *tableEncoder) row(r reflect.Value, style func(string) Style) error {
	cells := make([]string, len(e.cols))
	for i := range e.cols {
		cells[i] = e.cols[i].shown(r)
	}
	e.rows = append(e.rows, cells)
	e.styles = append(e.styles, e.stylesOf(style))
	return nil
}

func (e *tableEncoder) stylesOf(style func(string) Style) []Style {
	if style == nil {
		return nil
	}
	styles := make([]Style, len(e.cols))
	for i := range e.cols {
		styles[i] = style(e.cols[i].Key)
	}
	return styles
}

func (e *tableEncoder) end() error {
	if len(e.rows) == 0 && e.o.Empty != "" {
		_, err := e.w.WriteString(e.o.Empty + "\n")
		return err
	}
	fit(e.cols, e.rows, e.o.Width)
	e.paint()
	table, err := e.render()
	if err != nil {
		return err
	}
	_, err = e.w.Write(table)
	return err
}

// paint colours the cells, which have their final text by now.
func (e *tableEncoder) paint() {
	for i, styles := range e.styles {
		for j, style := range styles {
			e.rows[i][j] = e.o.Palette.Paint(style, e.rows[i][j])
		}
	}
}

// render lays the table out in memory, because tablewriter loses the errors of its writer.
func (e *tableEncoder) render() ([]byte, error) {
	var b bytes.Buffer
	t := tablewriter.NewTable(&b, tablewriter.WithRenderer(newLineRenderer(e.cols)), tablewriter.WithConfig(tableConfig()))
	if !e.o.NoHeader {
		t.Header(headings(e.cols))
	}
	for _, cells := range e.rows {
		if err := t.Append(cells); err != nil {
			return nil, err
		}
	}
	if err := t.Render(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// tableConfig switches off all that would change a cell.
func tableConfig() tablewriter.Config {
	section := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Padding:    tw.CellPadding{Global: tw.PaddingNone},
	}
	return tablewriter.Config{Header: section, Row: section, Behavior: tw.Behavior{TrimSpace: tw.Off}}
}

func headings(cols []Column) []string {
	heads := Keys(cols)
	for i, key := range heads {
		heads[i] = strings.ToUpper(key)
	}
	return heads
}
