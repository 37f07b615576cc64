package output

import (
	"math"
	"testing"
)

func TestCount(t *testing.T) {
	for n, text := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 123456: "123,456", 1234567: "1,234,567",
		-1: "-1", -123: "-123", -1234: "-1,234", -123456: "-123,456", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		want(t, Count(n), text)
	}
}

func TestPlural(t *testing.T) {
	for n, text := range map[int64]string{0: "0 jobs", 1: "1 job", 2: "2 jobs", -1: "-1 jobs", 12345: "12,345 jobs"} {
		want(t, Plural(n, "job", "jobs"), text)
	}
}

func TestBytes(t *testing.T) {
	for n, text := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1048575: "1.0 MiB", 1 << 20: "1.0 MiB", 1234567: "1.2 MiB",
		1 << 30: "1.0 GiB", -2048: "-2.0 KiB", math.MaxInt64: "8.0 EiB", math.MinInt64: "-8.0 EiB",
	} {
		want(t, Bytes(n), text)
	}
}

func TestSeconds(t *testing.T) {
	for f, text := range map[float64]string{
		0: "0.000 s", 1e-9: "0.000 s", 0.000085: "0.000085 s", 0.0009: "0.000900 s", 0.0009996: "0.001 s", 0.123: "0.123 s", 1: "1.000 s",
		59.9994: "59.999 s", 59.9996: "1m00s", 75: "1m15s", 123.4: "2m03s", 3599.6: "1h00m00s", 3723: "1h02m03s", 360000: "100h00m00s",
		-0.25: "-0.250 s", -75: "-1m15s", 1e300: "1e+300 s", math.Inf(1): "-",
	} {
		want(t, Seconds(f), text)
	}
	want(t, Seconds(math.NaN()), "-")
}
