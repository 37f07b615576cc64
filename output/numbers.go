package output

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Count formats n with thousands separators: 12,345.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if left := len(digits) - i; i > 0 && left%3 == 0 && digits[i-1] != '-' {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return string(out)
}

// Plural returns n, formatted by Count, and the matching noun: "1 job", "12,345 jobs", "0 jobs".
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// byteUnits are the units of Bytes, in powers of 1024.
var byteUnits = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// Bytes formats a number of bytes with a binary unit: 512 B, 1.2 MiB.
func Bytes(n int64) string {
	f, unit := float64(n), 0
	for math.Abs(f) >= 1023.95 && unit < len(byteUnits)-1 {
		f /= 1024
		unit++
	}
	if unit == 0 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + byteUnits[unit]
}

// Seconds formats a duration in seconds: 0.123 s, 0.000085 s below a millisecond, 2m03s and 1h02m03s from a minute on. NaN
// and infinity are "-".
func Seconds(f float64) string {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return "-"
	case abs < 0.0000005:
		return "0.000 s"
	case abs < 0.0009995:
		return strconv.FormatFloat(f, 'f', 6, 64) + " s"
	case abs < 59.9995:
		return strconv.FormatFloat(f, 'f', 3, 64) + " s"
	case f < 0:
		return "-" + formatMinutes(abs)
	default:
		return formatMinutes(abs)
	}
}

// formatMinutes formats f seconds, rounded, in hours, minutes and seconds.
func formatMinutes(f float64) string {
	if f > math.MaxInt64/float64(time.Second) {
		return strconv.FormatFloat(f, 'g', 3, 64) + " s"
	}
	s := int64(math.Round(f))
	if s < 3600 {
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("%dh%02dm%02ds", s/3600, s/60%60, s%60)
}
