package nagios

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Range is a threshold as the Monitoring Plugins guidelines define it, [@]START:END: values outside of it alert, or with @
// values inside. START and END are inside. The zero Range never alerts.
type Range struct {
	start, end float64
	inside     bool
	text       string
}

// ParseRange parses a range. START defaults to 0 and END to infinity; a START of ~ is minus infinity. Numbers are decimal,
// and START must not exceed END.
func ParseRange(s string) (Range, error) {
	r := Range{end: math.Inf(1), text: s}
	body, inside := strings.CutPrefix(s, "@")
	r.inside = inside
	start, end, colon := strings.Cut(body, ":")
	if !colon {
		start, end = "", body
	}
	if start == "" && end == "" {
		return Range{}, errNotRange
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
		return Range{}, fmt.Errorf("%s is over %s", startText(start), end)
	}
	return r, nil
}

var errNotRange = errors.New("not a range such as 10, 10:, ~:10, 10:20 or @10:20")

func startText(start string) string {
	if start == "" {
		return "0, where the range starts,"
	}
	return start
}

func rangeNumber(s string) (float64, error) {
	if strings.Trim(s, "-.0123456789") != "" {
		return 0, errNotRange
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, errNotRange
	}
	return n, nil
}

// IsZero reports whether r is the zero Range.
func (r Range) IsZero() bool { return r.text == "" }

// String returns the range as it was parsed.
func (r Range) String() string { return r.text }

// Above returns the number above which r alerts, if it is written as a number alone.
func (r Range) Above() (number string, ok bool) {
	return r.text, r.text != "" && !strings.ContainsAny(r.text, "@:~")
}

// Alerts reports whether value violates the threshold. NaN violates every threshold.
func (r Range) Alerts(value float64) bool {
	return !r.IsZero() && (math.IsNaN(value) || (r.start <= value && value <= r.end) == r.inside)
}
