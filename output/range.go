package output

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Range is a threshold of the Monitoring Plugins guidelines, [@]START:END: a value outside of it alerts, ends
// included in it, or with @ one inside. The zero Range never alerts.
type Range struct {
	start, end float64
	inside     bool
	text       string
}

// ParseRange reads a range. START: and :END stand for what is omitted: a START of 0, an END of infinity. A START of ~
// is minus infinity. Numbers are decimal, and START must not be over END.
func ParseRange(s string) (Range, error) {
	r := Range{end: math.Inf(1), text: s}
	body, inside := strings.CutPrefix(s, "@")
	r.inside = inside
	start, end, colon := strings.Cut(body, ":")
	if !colon {
		start, end = "", body
	}
	if start == "" && end == "" {
		return Range{}, errRange
	}
	var err error
	switch start {
	case "":
	case "~":
		r.start = math.Inf(-1)
	default:
		if r.start, err = rangeNumber(start); err != nil {
			return Range{}, err
		}
	}
	if end != "" {
		if r.end, err = rangeNumber(end); err != nil {
			return Range{}, err
		}
	}
	if r.start > r.end {
		return Range{}, fmt.Errorf("%s is over %s", orZero(start), end)
	}
	return r, nil
}

var errRange = errors.New("not a range such as 10, 10:, ~:10, 10:20 or @10:20")

func orZero(start string) string {
	if start == "" {
		return "0, where the range starts,"
	}
	return start
}

func rangeNumber(s string) (float64, error) {
	if strings.Trim(s, "-.0123456789") != "" {
		return 0, errRange
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, errRange
	}
	return n, nil
}

// IsZero reports whether there is no threshold.
func (r Range) IsZero() bool { return r.text == "" }

// String returns the range as it was written.
func (r Range) String() string { return r.text }

// Alerts reports whether a value is one to be told of. What is no number always is.
func (r Range) Alerts(value float64) bool {
	if r.IsZero() {
		return false
	}
	if math.IsNaN(value) {
		return true
	}
	return (r.start <= value && value <= r.end) == r.inside
}
