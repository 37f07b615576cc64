package timespec

import (
	"testing"
	"time"
)

func TestParsePast(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"1700000000":           time.Unix(1_700_000_000, 0),
		"1700000000.250001":    time.UnixMicro(1_700_000_000_250_001),
		"@1700000000.5":        time.UnixMicro(1_700_000_000_500_000),
		"-90s":                 now.Add(-90 * time.Second),
		"-90":                  now.Add(-90 * time.Second),
		"11:59":                time.Date(2026, 3, 10, 11, 59, 0, 0, time.UTC),
		"12:01":                time.Date(2026, 3, 9, 12, 1, 0, 0, time.UTC), // today's is still to come
		"2026-01-31 15:04":     time.Date(2026, 1, 31, 15, 4, 0, 0, time.UTC),
		"2026-01-31T15:04:00Z": time.Date(2026, 1, 31, 15, 4, 0, 0, time.UTC),
	} {
		if got, err := ParsePast(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "soon", "+10m", "-", "--5s", "0", "@-1", "1e300", "NaN", "Inf"} {
		if got, err := ParsePast(text, now); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0.5": time.Second / 2, ".25": time.Second / 4, "0": 0, "007": 7 * time.Second,
		"300ms": 300 * time.Millisecond, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute,
	} {
		if got, err := Duration(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", " ", "5 s", "5S", "5d", "-5", "-5s", "1e3", "0x10", "1_000", "5,5", "inf", "NaN", ".", "-", "+", "1.2.3", "99999999999", "9999999999h", "５"} {
		if got, err := Duration(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
	if at, err := Parse("+90", time.Unix(0, 0)); err != nil || at != time.Unix(90, 0) {
		t.Errorf("+90: got %v, %v", at, err)
	}
}
