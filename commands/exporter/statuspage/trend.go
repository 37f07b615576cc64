package statuspage

import (
	"fmt"
	"strconv"
	"strings"

	"gearctl/commands/internal/trend"
	"gearctl/output"
)

// sparkHeight is the height of a sparkline; it is seriesLen wide.
const sparkHeight = 20

// trendView is how the waiting jobs of the last 15 minutes are shown.
type trendView struct {
	Path   string // of an SVG, seriesLen wide and sparkHeight high; empty: none waited
	Text   string // the same in words
	Change string // since the oldest that is known, with its sign
	Lost   bool   // they are not kept
}

// newTrend returns the trend of a series up to a cell; n jobs wait now. A nil series is of a queue in which none waited.
func newTrend(s *trend.Series, newest, n int64) (t trendView) {
	if s == nil {
		return trendView{Text: "none waited"}
	}
	var cells [seriesLen]int64
	most := int64(0)
	for i := range cells {
		cells[i] = int64(s.At(newest - seriesLen + 1 + int64(i)))
		most = max(most, cells[i])
	}
	if most == 0 {
		return trendView{Text: "none waited"}
	}
	t.Path = sparkPath(cells[:], most)
	d := change(s, newest, n)
	switch {
	case d > 0:
		t.Change = "+" + output.Count(d)
	case d < 0:
		t.Change = "−" + output.Count(-d)
	default:
		t.Change = "±0"
	}
	t.Text = fmt.Sprintf("at first %s, at most %s, now %s", output.Count(n-d), output.Count(most), output.Count(n))
	return t
}

// change returns by how much more jobs wait than in the oldest cell of a series that is known.
func change(s *trend.Series, newest, n int64) int64 {
	if s == nil {
		return 0
	}
	for c := newest - seriesLen + 1; c <= newest; c++ {
		if v := s.At(c); v != trend.Unknown {
			return n - int64(v)
		}
	}
	return 0
}

// sparkPath draws cells as steps, filled down to the ground, with a gap where nothing is known.
func sparkPath(cells []int64, most int64) string {
	var b strings.Builder
	number := func(command string, n int) { b.WriteString(command + strconv.Itoa(n)) }
	last := int64(trend.Unknown)
	for i, n := range cells {
		if n == last {
			continue
		}
		if last != trend.Unknown {
			number("H", i)
		}
		switch {
		case n == trend.Unknown:
			fmt.Fprintf(&b, "V%dZ", sparkHeight)
		case last == trend.Unknown:
			fmt.Fprintf(&b, "M%d %d", i, sparkHeight)
			fallthrough
		default:
			number("V", sparkHeight-sparkStep(n, most))
		}
		last = n
	}
	if last != trend.Unknown {
		fmt.Fprintf(&b, "H%dV%dZ", len(cells), sparkHeight)
	}
	return b.String()
}

// sparkStep is the height of n: at least 2 for one job, so that it is seen.
func sparkStep(n, most int64) int {
	if n == 0 {
		return 0
	}
	return max(2, int(float64(n)/float64(most)*(sparkHeight-1)))
}

// bar returns the length of the bar for n where most has 100; empty: none.
func bar(n, most int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(max(1, int(float64(n)/float64(most)*100)))
}
