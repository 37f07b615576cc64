package modgearman

import (
	"math"
	"testing"
	"time"
)

// TestNumbersAsGoReadsThem: the Go worker takes the integer part of a decimal number, the smallest integer if
// that does not fit, and 0 for everything else.
func TestNumbersAsGoReadsThem(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "7": 7, "-7": -7, "2.9": 2, "-2.9": -2, "1e3": 1000, "5x": 0, "x": 0, "1e300": math.MinInt, "-1e300": math.MinInt, "NaN": math.MinInt,
		"9007199254740993.0": 9007199254740992,
	} {
		if got := getInt(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestDurationsOfResults(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1.5": 1500 * time.Millisecond, "-1.5": -1500 * time.Millisecond, " 2,25 ": 2250 * time.Millisecond,
		"": 0, "x": 0, "--1": 0, "1.x": 0, "1.:": 0, "9223372036854775807": 0, "4000000000": 0, "3162240000": 3162240000 * time.Second, "0.000000001": 1,
	} {
		if got := parseDuration([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestTimesAtTheirEnds(t *testing.T) {
	for text, unix := range map[string]int64{"1": 1, "253402300799": 253402300799, "0.000001": 0} {
		if got := parseTimestamp([]byte(text)); got.IsZero() || got.Unix() != unix {
			t.Errorf("%q: %v", text, got)
		}
	}
	for _, text := range []string{"0", "0.0000009", "-1", "253402300800", "x", "", "99999999999999999999"} {
		if got := parseTimestamp([]byte(text)); !got.IsZero() {
			t.Errorf("%q: %v, want none", text, got)
		}
	}
}
