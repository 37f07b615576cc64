package output

import "github.com/olekukonko/tablewriter/pkg/twwidth"

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

// fit cuts the cells of the columns tagged wide, one column after the other, until the table is no wider than limit.
// When that is not enough, the table stays too wide. A limit of 0 is none.
func fit(cols []Column, rows [][]string, limit int) {
	if limit <= 0 {
		return
	}
	widths := widths(cols, rows)
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
		cut(rows, i, to)
	}
}

// widths returns the widths of columns, with their headings.
func widths(cols []Column, rows [][]string) []int {
	widths := make([]int, len(cols))
	for i, c := range cols {
		widths[i] = width(c.Key)
	}
	for _, cells := range rows {
		for i, cell := range cells {
			widths[i] = max(widths[i], width(cell))
		}
	}
	return widths
}

// cut shortens the cells of a column to a width.
func cut(rows [][]string, column, to int) {
	for _, cells := range rows {
		if width(cells[column]) > to {
			cells[column] = twwidth.Truncate(cells[column], to, ellipsis)
		}
	}
}
