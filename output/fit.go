package output

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// Fit returns s, which must be escaped and without colours, in exactly n columns of a terminal: cut, with an ellipsis
// at its end, or filled with blanks, in front when right is set. It is empty when n is 0 or less.
func Fit(s string, n int, right bool) string {
	if n <= 0 {
		return ""
	}
	w := width(s)
	if w > n {
		s = twwidth.Truncate(s, n, ellipsis)
		w = width(s)
	}
	blanks := strings.Repeat(" ", max(0, n-w))
	if right {
		return blanks + s
	}
	return s + blanks
}

// Width returns how many columns of a terminal s takes, which must be escaped. Colours take none.
func Width(s string) int { return width(s) }
