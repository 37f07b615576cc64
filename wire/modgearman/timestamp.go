package modgearman

import (
	"bytes"
	"strconv"
	"time"
)

// lastSecond is the end of the year 9999. C workers send garbage beyond it as core_start_time.
const lastSecond = 253402300799

// appendTimestamp appends a time like %Lf: seconds with six decimals. The zero time is 0.
func appendTimestamp(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, "0.000000"...)
	}
	return appendMicros(dst, t.UnixMicro())
}

func appendMicros(dst []byte, micros int64) []byte {
	if micros < 0 {
		dst = append(dst, '-')
		micros = -micros
	}
	dst = strconv.AppendInt(dst, micros/1e6, 10)
	dst = append(dst, '.')
	fraction := micros % 1e6
	for unit := int64(1e5); unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+fraction/unit%10))
	}
	return dst
}

// parseTimestamp parses seconds since 1970 with any number of decimals, after a point or the comma of some locales. Values
// below a microsecond, after the year 9999, or not a number are the zero time.
func parseTimestamp(value []byte) time.Time {
	s, ok := parseSeconds(value)
	zero := s.sec == 0 && s.nano < 1000
	if !ok || zero || s.sec > lastSecond || bytes.HasPrefix(bytes.TrimSpace(value), []byte{'-'}) {
		return time.Time{}
	}
	return time.Unix(s.sec, s.nano).UTC()
}

type seconds struct{ sec, nano int64 }

// parseSeconds parses a decimal number, exact to the nanosecond.
func parseSeconds(value []byte) (seconds, bool) {
	value = bytes.TrimSpace(value)
	whole, fraction := value, []byte(nil)
	if i := bytes.IndexAny(value, ".,"); i >= 0 {
		whole, fraction = value[:i], value[i+1:]
	}
	sec, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil {
		return seconds{}, false
	}
	nano := int64(0)
	for i := range 9 {
		digit := int64(0)
		if i < len(fraction) {
			digit = int64(fraction[i]) - '0'
		}
		if digit < 0 || digit > 9 {
			return seconds{}, false
		}
		nano = nano*10 + digit
	}
	return seconds{sec, nano}, true
}

// parseDuration parses seconds, which may be negative. Invalid values and more than a century are zero.
func parseDuration(value []byte) time.Duration {
	value = bytes.TrimSpace(value)
	rest, negative := bytes.CutPrefix(value, []byte{'-'})
	s, ok := parseSeconds(rest)
	const century = 100 * 366 * 86400
	if !ok || s.sec < 0 || s.sec > century {
		return 0
	}
	d := time.Duration(s.sec)*time.Second + time.Duration(s.nano)
	if negative {
		return -d
	}
	return d
}

// parseInt parses like atoi: the leading digits, or 0.
func parseInt(value []byte) int {
	value = bytes.TrimSpace(value)
	end := 0
	if end < len(value) && (value[end] == '-' || value[end] == '+') {
		end++
	}
	for end < len(value) && value[end] >= '0' && value[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(string(value[:end]))
	if err != nil {
		return 0
	}
	return n
}
