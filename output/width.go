package output

import (
	"slices"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

const (
	gap      = "  " // between columns
	ellipsis = "…"  // at the end of what was cut
	minWide  = 8    // a column is never cut to less, nor to less than its heading
)

// width returns how many columns of a terminal s takes. Colours take none.
func width(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return twwidth.Width(s)
		}
	}
	return len(s)
}

// fit returns the widths of the columns of a table: that of those tagged wide is cut, one column after the other, until
// the table is no wider than limit. When that is not enough, the table stays too wide. A limit of 0 is none.
func fit(cols []Column, widths []int, limit int) []int {
	widths = slices.Clone(widths)
	if limit <= 0 {
		return widths
	}
	over := (len(cols)-1)*len(gap) - limit
	for _, w := range widths {
		over += w
	}
	for i, c := range cols {
		if !c.Wide || over <= 0 {
			continue
		}
		to := max(widths[i]-over, min(widths[i], max(minWide, width(c.Key))))
		over -= widths[i] - to
		widths[i] = to
	}
	return widths
}

// cut shortens a cell to a width.
func cut(cell string, to int) string {
	if width(cell) <= to {
		return cell
	}
	return twwidth.Truncate(cell, to, ellipsis)
}
