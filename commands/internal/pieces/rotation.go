// Package pieces divides what would be one long archive into several: when a piece ends, and what it is called.
package pieces

import (
	"fmt"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/timespec"
)

// Rotation says when a piece ends. The zero value never ends one.
type Rotation struct {
	Size  int64         // in bytes; 0: any
	Every time.Duration // 0: any
}

const (
	minSize  = 1 << 10
	minEvery = time.Second
	day      = 24 * time.Hour
)

// ParseRotation parses "500M", "1h" or both, separated by a comma. Sizes have upper case units and durations lower case
// ones, because m could be either. size parses a size.
func ParseRotation(s string, size func(string) (float64, error)) (r Rotation, err error) {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		switch last := part[max(0, len(part)-1):]; {
		case strings.Contains("KMGTB", last) && last != "":
			n, err := size(part)
			if err != nil || r.Size != 0 || n < minSize || n > 1<<62 {
				return r, cmderr.Errorf("%q is not a size of at least 1K such as 500M or 2G, given once", part)
			}
			r.Size = int64(n)
		case strings.Contains("smh", last) && last != "":
			d, err := timespec.Duration(part)
			if err != nil || r.Every != 0 || d < minEvery {
				return r, cmderr.Errorf("%q is not a duration of at least 1s such as 15m or 1h, given once", part)
			}
			r.Every = d
		default:
			return r, cmderr.Errorf("%q is neither a size such as 500M nor a duration such as 1h", part)
		}
	}
	return r, nil
}

// String formats r as ParseRotation reads it.
func (r Rotation) String() string {
	var parts []string
	if r.Size > 0 {
		n, unit := r.Size, "B"
		for _, u := range []string{"K", "M", "G", "T"} {
			if n%1024 != 0 {
				break
			}
			n, unit = n/1024, u
		}
		parts = append(parts, fmt.Sprint(n, unit))
	}
	if r.Every > 0 {
		parts = append(parts, cmderr.ShortDuration(r.Every))
	}
	return strings.Join(parts, ",")
}

// None reports whether no piece ever ends.
func (r Rotation) None() bool { return r == Rotation{} }

// End returns when a piece ends that began at t, in the time zone of t; zero if time ends none. Pieces begin at midnight and
// at multiples of Every from there: with 15m at each quarter of an hour. Every of a day or more is in whole days.
func (r Rotation) End(t time.Time) time.Time {
	if r.Every == 0 {
		return time.Time{}
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	if r.Every >= day {
		days := int((r.Every + day - 1) / day)
		return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, t.Location())
	}
	next := midnight.Add((t.Sub(midnight)/r.Every + 1) * r.Every)
	tomorrow := time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
	if tomorrow.Before(next) {
		return tomorrow
	}
	return next
}
