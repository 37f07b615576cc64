package output

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

const (
	gap      = "  " // between columns
	ellipsis = "…"  // marks truncated text
)

// tablewriter would keep the last 8,192 lines or blocks of tables, to find their widths again; there are no equal ones.
func init() { twwidth.SetCacheCapacity(0) }

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
	s = truncate(s, n, ellipsis)
	padding := strings.Repeat(" ", max(0, n-Width(s)))
	if right {
		return padding + s
	}
	return s + padding
}

// truncate shortens s to n terminal columns, the last of which are end.
func truncate(s string, n int, end string) string {
	if Width(s) <= n {
		return s
	}
	return twwidth.Truncate(s, n, end)
}
