package modgearman

import (
	"math"
	"strconv"
	"strings"
)

// The C programs know the white space and the letters of ASCII only; those in Go know those of Unicode.
const spaceC = " \t\n\v\f\r"

func trimC(s string) string { return strings.Trim(s, spaceC) }

// lowerC and upperC are tolower and toupper.
func lowerC(s string) string { return mapASCII(s, 'A', 'Z', 'a'-'A') }
func upperC(s string) string { return mapASCII(s, 'a', 'z', 'a'-'A') }

func mapASCII(s string, from, to, flip byte) string {
	b := []byte(s)
	for i, c := range b {
		if from <= c && c <= to {
			b[i] = c ^ flip
		}
	}
	return string(b)
}

// textC is what the C programs see of a line: up to a NUL or a #.
func textC(line string) string {
	if i := strings.IndexAny(line, "\x00#"); i >= 0 {
		line = line[:i]
	}
	return trimC(line)
}

// chunksC splits a line that fgets reads in several parts, of which each is a line to the C programs.
func chunksC(line string) []string {
	var list []string
	for len(line) > maxConfigLine {
		list, line = append(list, line[:maxConfigLine]), line[maxConfigLine:]
	}
	return append(list, line)
}

// atoi is that of C: the digits in front, kept within a long and then cut to an int.
func atoi(text string) int {
	text = strings.TrimLeft(text, spaceC)
	end := 0
	if text != "" && (text[0] == '-' || text[0] == '+') {
		end++
	}
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	n, _ := strconv.ParseInt(text[:end], 10, 64) // out of range, it is the nearest that is not
	return int(int32(n))
}

// atof is that of C: the number in front, 0 if there is none.
func atof(text string) float64 {
	text, _, _ = strings.Cut(strings.TrimLeft(text, spaceC), "_")
	const longest = 400 // digits, after which only the exponent matters
	for text = text[:min(len(text), longest)]; text != ""; text = text[:len(text)-1] {
		number := text
		if hex := lowerC(strings.TrimLeft(text, "+-")); strings.HasPrefix(hex, "0x") && !strings.Contains(hex, "p") {
			number += "p0"
		}
		if x, err := strconv.ParseFloat(number, 64); err == nil || math.IsInf(x, 0) {
			return x
		}
	}
	return 0
}

// getFloat is that of the Go worker: 0 for what is no number.
func getFloat(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return x
}

// getInt is that of the Go worker: an integer, else the integer part of a decimal number.
func getInt(text string) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return truncateGo(getFloat(text))
}

// truncateGo converts to an integer as amd64 does: what does not fit becomes the smallest.
func truncateGo(x float64) int {
	if x >= -(1<<63) && x < 1<<63 {
		return int(x)
	}
	return math.MinInt
}

// unsignedGo converts to an unsigned integer as amd64 does.
func unsignedGo(x float64) uint64 {
	if x >= 1<<63 && x < 1<<64 {
		return uint64(x)
	}
	return uint64(truncateGo(x))
}
