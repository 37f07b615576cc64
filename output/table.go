package output

import (
	"bufio"
	"bytes"
	"reflect"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"
)

// tableEncoder keeps the cells of all rows and lays them out at the end: headings in upper case, two spaces between
// columns, no borders, no trailing spaces, no wrapping.
type tableEncoder struct {
	w      *bufio.Writer
	o      Options
	cols   []Column
	rows   packedRows
	widths []int    // of the columns, over all rows so far
	cells  []string // reused from row to row
	styles []Style

	dropped []string // headings of the columns that did not fit
}

func newTableEncoder(w *bufio.Writer, o Options, cols []Column) *tableEncoder {
	e := &tableEncoder{w: w, o: o, cols: cols, widths: make([]int, len(cols)), cells: make([]string, len(cols))}
	for i, c := range cols {
		e.widths[i] = Width(c.Key)
	}
	return e
}

func (e *tableEncoder) row(r reflect.Value, style func(string) Style) error {
	for i := range e.cols {
		e.cells[i] = e.cols[i].display(r)
		if e.o.ASCII {
			e.cells[i] = ASCII(e.cells[i])
		}
		e.widths[i] = max(e.widths[i], min(Width(e.cells[i]), maxPadded))
	}
	e.rows.add(e.cells, e.stylesOf(style))
	return e.o.checkKept(e.rows.rows, e.rows.bytes, false)
}

func (e *tableEncoder) stylesOf(style func(string) Style) []Style {
	if style == nil {
		return nil
	}
	e.styles = e.styles[:0]
	for i := range e.cols {
		e.styles = append(e.styles, style(e.cols[i].Key))
	}
	return e.styles
}

// maxPadded limits padding: otherwise a name of a megabyte in one row would make every line as long. Wider cells break the
// alignment.
const maxPadded = 2 << 10

// Limits of the blocks passed to tablewriter, which would need gigabytes for all rows at once.
const (
	blockRows  = 1000
	blockBytes = 1 << 20 // of padded text
)

func (e *tableEncoder) end() error {
	if e.rows.rows == 0 && e.o.Empty != "" {
		_, err := e.w.WriteString(e.o.Empty + "\n")
		return err
	}
	t := &tableBlocks{encoder: e, layout: fitColumns(e.cols, e.widths, e.o.Width, len(e.o.Columns) > 0)}
	t.shown = columnsAt(e.cols, t.cols)
	e.dropped = headings(columnsAt(e.cols, t.dropped))
	if !e.o.NoHeader {
		t.heads = headings(t.shown)
	}
	if e.rows.rows == 0 {
		return t.write(nil)
	}
	line := 1
	for _, w := range t.widths {
		line += w + len(gap)
	}
	return e.rows.blocks(len(e.cols), min(blockRows, blockBytes/line+1), blockBytes, t.write)
}

// tableBlocks lays out a table in blocks with the same column widths.
type tableBlocks struct {
	encoder *tableEncoder
	layout
	shown []Column
	heads []string     // to print before the next block; nil: none
	cells []string     // reused from row to row
	buf   bytes.Buffer // tablewriter drops write errors
}

func (b *tableBlocks) write(block [][]packedCell) error {
	b.buf.Reset()
	t := tablewriter.NewTable(&b.buf, tablewriter.WithRenderer(newLineRenderer()), tablewriter.WithConfig(tableConfig()))
	if b.heads != nil {
		t.Header(b.line(b.heads))
		b.heads = nil
	}
	for _, row := range block {
		if err := t.Append(b.line(b.texts(row))); err != nil {
			return err
		}
	}
	if err := t.Render(); err != nil {
		return err
	}
	_, err := b.encoder.w.Write(b.buf.Bytes())
	return err
}

// line returns cells as a line, padded to the widths of their columns. For tablewriter it is a single cell: of each it makes
// five maps, which takes longer than all the rest.
func (b *tableBlocks) line(cells []string) string {
	var line []byte
	for i, cell := range cells {
		if i > 0 {
			line = append(line, gap...)
		}
		blanks := b.widths[i] - Width(cell)
		if b.shown[i].Right {
			line = appendBlanks(line, blanks)
		}
		line = append(line, cell...)
		if !b.shown[i].Right {
			line = appendBlanks(line, blanks)
		}
	}
	return string(bytes.TrimRight(line, " "))
}

func appendBlanks(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}

// texts returns the cells of a row, truncated and colored, until the next call.
func (b *tableBlocks) texts(row []packedCell) []string {
	cells := b.cells[:0]
	end := ellipsis
	if b.encoder.o.ASCII {
		end = ASCII(end)
	}
	for i, at := range b.cols {
		text := row[at].text
		if b.shown[i].Wide && b.encoder.o.Width > 0 {
			text = truncate(text, b.widths[i], end)
		}
		cells = append(cells, b.encoder.o.Palette.Paint(row[at].style, text))
	}
	b.cells = cells
	return cells
}

// tableConfig disables everything that would change a cell.
func tableConfig() tablewriter.Config {
	section := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Padding:    tw.CellPadding{Global: tw.PaddingNone},
	}
	return tablewriter.Config{Header: section, Row: section, Behavior: tw.Behavior{TrimSpace: tw.Off}}
}

func columnsAt(cols []Column, at []int) []Column {
	list := make([]Column, len(at))
	for i, c := range at {
		list[i] = cols[c]
	}
	return list
}

func headings(cols []Column) []string {
	heads := Keys(cols)
	for i, key := range heads {
		heads[i] = strings.ToUpper(key)
	}
	return heads
}
