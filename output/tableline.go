package output

import (
	"bytes"
	"io"

	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// lineRenderer writes the lines of a table that has columns and nothing else. It is tablewriter's Blueprint but for the
// lines of headings and cells, where it takes half of the time, as it has no borders, merged cells and padding
// characters to look for.
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

// Start takes the buffer that the table is rendered to.
func (r *lineRenderer) Start(w io.Writer) error {
	r.w = w
	return r.Blueprint.Start(w)
}

// Header writes the line of headings.
func (r *lineRenderer) Header(lines [][]string, ctx tw.Formatting) {
	for _, cells := range lines {
		r.Row(cells, ctx)
	}
}

// Row writes the line of a row.
func (r *lineRenderer) Row(cells []string, _ tw.Formatting) {
	r.line = r.line[:0]
	for i, cell := range cells {
		if i > 0 {
			r.line = append(r.line, gap...)
		}
		r.cell(cell, r.widths[i]-width(cell), r.cols[i].Right)
	}
	r.line = append(bytes.TrimRight(r.line, " "), '\n')
	_, _ = r.w.Write(r.line) // to memory
}

// cell appends a cell and the blanks that it lacks.
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
