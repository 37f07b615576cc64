// Package timespec reads durations and points of time as people type them.
package timespec

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration reads a duration of at least 0: a number of seconds, or numbers with units such as 500ms, 5m and 1h30m.
func Duration(s string) (time.Duration, error) {
	withUnit := s
	if s != "" && strings.Trim(s, "+-.0123456789") == "" {
		withUnit += "s"
	}
	d, err := time.ParseDuration(withUnit)
	switch {
	case err != nil:
		return 0, errors.New("not a duration such as 10 (seconds), 0.5, 500ms, 5m or 1h30m")
	case d < 0:
		return 0, errors.New("a duration cannot be negative")
	}
	return d, nil
}

// timeLayouts are the forms of an absolute time; those without a date mean today, or tomorrow when that is over.
var timeLayouts = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"}

// Parse reads a point of time: +DURATION from now, a time of the day, a date with or without time, RFC 3339, or
// @SECONDS since 1970. Times without a zone are local.
func Parse(s string, now time.Time) (time.Time, error) {
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		d, err := Duration(rest)
		if err != nil {
			return time.Time{}, errors.New("+ needs a duration such as 90, 10m or 2h")
		}
		return now.Add(d), nil
	}
	if rest, ok := strings.CutPrefix(s, "@"); ok {
		n, err := strconv.ParseInt(rest, 10, 64)
		if err != nil || n <= 0 {
			return time.Time{}, errors.New("@ needs a number of seconds since 1970")
		}
		return time.Unix(n, 0), nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return timeOfDay(s, now)
}

// ParsePast reads a point of time that is over: seconds since 1970 with any fraction, -DURATION before now, a time of
// the day, today's or yesterday's, or what else Parse reads.
func ParsePast(s string, now time.Time) (time.Time, error) {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		d, err := Duration(rest)
		if err != nil {
			return time.Time{}, errors.New("- needs a duration such as 90, 10m or 2h")
		}
		return now.Add(-d), nil
	}
	if f, err := strconv.ParseFloat(strings.TrimPrefix(s, "@"), 64); err == nil {
		if !(f > 0 && f <= lastSecond) { // NaN is neither
			return time.Time{}, errors.New("not a number of seconds since 1970")
		}
		return time.UnixMicro(int64(math.Round(f * 1e6))), nil
	}
	t, err := Parse(s, now.AddDate(0, 0, -1))
	if err != nil || strings.HasPrefix(s, "+") {
		return time.Time{}, errors.New("not a time such as 1700000000.25, -30s, 15:04, 2026-01-31 15:04 or 2026-01-31T15:04:00Z")
	}
	return t, nil
}

// lastSecond is the end of the year 9999, in seconds since 1970.
const lastSecond = 253402300799

func timeOfDay(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{"15:04:05", "15:04"} {
		t, err := time.ParseInLocation(layout, s, now.Location())
		if err != nil {
			continue
		}
		t = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
		if t.Before(now) {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	return time.Time{}, errors.New("not a time such as +10m, 15:04, 2026-01-31 15:04, 2026-01-31T15:04:00Z or @1700000000")
}
