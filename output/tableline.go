package output

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// rowEnd is between the lines of a block, which tablewriter takes for one. No cell contains it: Escape replaces control
// characters.
const rowEnd = "\x1e"

// lineRenderer renders headings and blocks of lines, without borders or padding. The rest is that of tablewriter's Blueprint.
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
		_, _ = io.WriteString(r.w, strings.ReplaceAll(line, rowEnd, "\n")) // to memory
	}
	_, _ = io.WriteString(r.w, "\n")
}
