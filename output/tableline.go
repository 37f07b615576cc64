package output

import (
	"bytes"
	"io"

	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// lineRenderer renders headings and rows without borders, merged cells or padding, in half the time that tablewriter's
// Blueprint takes. The rest is Blueprint's.
type lineRenderer struct {
	*renderer.Blueprint
	cols   []Column
	widths []int
	w      io.Writer
	line   []byte // reused from line to line
}

func newLineRenderer(cols []Column, widths []int) *lineRenderer {
	return &lineRenderer{
		Blueprint: renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		}),
		cols: cols, widths: widths,
	}
}

// Start is Renderer.Start.
func (r *lineRenderer) Start(w io.Writer) error {
	r.w = w
	return r.Blueprint.Start(w)
}

// Header writes the headings.
func (r *lineRenderer) Header(lines [][]string, ctx tw.Formatting) {
	for _, cells := range lines {
		r.Row(cells, ctx)
	}
}

// Row writes a row.
func (r *lineRenderer) Row(cells []string, _ tw.Formatting) {
	r.line = r.line[:0]
	for i, cell := range cells {
		if i > 0 {
			r.line = append(r.line, gap...)
		}
		r.cell(cell, r.widths[i]-Width(cell), r.cols[i].Right)
	}
	r.line = append(bytes.TrimRight(r.line, " "), '\n')
	_, _ = r.w.Write(r.line) // to memory
}

// cell appends a cell and its padding.
func (r *lineRenderer) cell(cell string, blanks int, right bool) {
	if !right {
		r.line = append(r.line, cell...)
	}
	for range blanks {
		r.line = append(r.line, ' ')
	}
	if right {
		r.line = append(r.line, cell...)
	}
}
