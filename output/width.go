package output

import (
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

const (
	gap      = "  " // between columns
	ellipsis = "…"  // marks truncated text
	minWide  = 8    // wide columns are not truncated below this, nor below their heading
)

// Width returns how many terminal columns s takes. s must be escaped; colors take none.
func Width(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return twwidth.Width(s)
		}
	}
	return len(s)
}

// Fit returns s, which must be escaped and without colors, in exactly n terminal columns: truncated with an ellipsis, or
// padded with spaces, on the left if right is set. If n is 0 or less, the result is empty.
func Fit(s string, n int, right bool) string {
	if n <= 0 {
		return ""
	}
	s = truncate(s, n)
	padding := strings.Repeat(" ", max(0, n-Width(s)))
	if right {
		return padding + s
	}
	return s + padding
}

// columnWidths returns the widths of a table's columns. It narrows the columns tagged wide, one after the other, until the
// table fits limit terminal columns; 0: no limit. If that is not enough, the table stays too wide.
func columnWidths(cols []Column, widths []int, limit int) []int {
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
		to := max(widths[i]-over, min(widths[i], max(minWide, Width(c.Key))))
		over -= widths[i] - to
		widths[i] = to
	}
	return widths
}

// truncate shortens s to n terminal columns.
func truncate(s string, n int) string {
	if Width(s) <= n {
		return s
	}
	return twwidth.Truncate(s, n, ellipsis)
}
