package output

import (
	"io"

	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// lineRenderer renders headings and rows of a single cell, a line, without borders or padding, in half the time that
// tablewriter's Blueprint takes. The rest is Blueprint's.
type lineRenderer struct {
	*renderer.Blueprint
	w io.Writer
}

func newLineRenderer() *lineRenderer {
	return &lineRenderer{Blueprint: renderer.NewBlueprint(tw.Rendition{
		Borders:  tw.BorderNone,
		Symbols:  tw.NewSymbols(tw.StyleNone),
		Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
	})}
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
	for _, line := range cells {
		_, _ = io.WriteString(r.w, line) // to memory
	}
	_, _ = io.WriteString(r.w, "\n")
}
