package output

import (
	"bufio"
	"bytes"
	"math"
	"reflect"
	"runtime"
	"slices"
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
	blockRows  = 2500
	blockBytes = 1 << 20 // of padded text
	maxAhead   = 4       // blocks that are rendered while one is written
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
	line := 1
	for _, w := range t.widths {
		line += w + len(gap)
	}
	return t.writeAll(min(blockRows, blockBytes/line+1))
}

// tableBlocks lays out a table in blocks with the same column widths.
type tableBlocks struct {
	encoder *tableEncoder
	layout
	shown []Column
	heads []string // to print before the first block; nil: none
}

// renderedBlock is what tablewriter made of a block.
type renderedBlock struct {
	text []byte
	err  error
}

// writeAll renders blocks of so many rows, several at a time, and writes them in order.
func (b *tableBlocks) writeAll(rows int) error {
	if b.encoder.rows.rows <= int64(rows) { // no goroutine for a small table
		var all []packedCell
		b.encoder.rows.blocks(len(b.encoder.cols), rows, math.MaxInt, func(cells []packedCell) { all = cells })
		return b.write(b.render(all, b.heads))
	}
	ahead := make(chan chan renderedBlock, min(runtime.GOMAXPROCS(0), maxAhead))
	go func() {
		heads := b.heads
		b.encoder.rows.blocks(len(b.encoder.cols), rows, blockBytes, func(cells []packedCell) {
			done, first := make(chan renderedBlock, 1), heads
			ahead <- done
			heads = nil
			go func() { done <- b.render(cells, first) }()
		})
		close(ahead)
	}()
	var err error
	for done := range ahead {
		if r := <-done; err == nil {
			err = b.write(r)
		}
	}
	return err
}

func (b *tableBlocks) write(r renderedBlock) error {
	if r.err != nil {
		return r.err
	}
	_, err := b.encoder.w.Write(r.text)
	return err
}

// render renders the cells of rows, after headings unless they are nil. It may run several times at once.
func (b *tableBlocks) render(cells []packedCell, heads []string) renderedBlock {
	var buf bytes.Buffer // tablewriter drops write errors
	t := tablewriter.NewTable(&buf, tablewriter.WithRenderer(newLineRenderer()), tablewriter.WithConfig(tableConfig()),
		tablewriter.WithTrimLine(tw.Off)) // which WithConfig does not set
	if heads != nil {
		t.Header(string(b.appendLine(nil, heads)))
	}
	if len(cells) > 0 {
		if err := t.Append(b.lines(cells)); err != nil {
			return renderedBlock{err: err}
		}
	}
	err := t.Render()
	return renderedBlock{buf.Bytes(), err}
}

// lines returns the lines of rows, with rowEnd between them. For tablewriter they are one line of a single cell: of each line and
// each cell it makes some maps, which takes longer than all the rest.
func (b *tableBlocks) lines(cells []packedCell) string {
	texts := make([]string, len(b.shown))
	var lines []byte
	for row := range slices.Chunk(cells, len(b.encoder.cols)) {
		b.texts(texts, row)
		lines = append(b.appendLine(lines, texts), rowEnd...)
	}
	return string(bytes.TrimSuffix(lines, []byte(rowEnd)))
}

// appendLine appends cells as a line, padded to the widths of their columns.
func (b *tableBlocks) appendLine(line []byte, cells []string) []byte {
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
	return bytes.TrimRight(line, " ")
}

func appendBlanks(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}

// texts sets texts to the cells of a row, truncated and colored.
func (b *tableBlocks) texts(texts []string, row []packedCell) {
	end := ellipsis
	if b.encoder.o.ASCII {
		end = ASCII(end)
	}
	for i, at := range b.cols {
		text := row[at].text
		if b.shown[i].Wide && b.encoder.o.Width > 0 {
			text = truncate(text, b.widths[i], end)
		}
		texts[i] = b.encoder.o.Palette.Paint(row[at].style, text)
	}
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
