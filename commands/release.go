package commands

import (
	"strconv"
	"strings"
)

// release is a server's program and number, read from what the server says of its version.
type release struct {
	perl   bool // Gearman::Server, which puts a v in front of its number
	text   string
	number [3]int // of a gearmand; zero when it is none
}

// readRelease reads a version such as "1.1.20+ds", "0.33" or "v1.130.1". Anything else is a server whose abilities
// nobody knows.
func readRelease(version string) release {
	r := release{text: version}
	if rest, ok := strings.CutPrefix(version, "v"); ok && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
		return release{perl: true, text: rest}
	}
	for i, part := range strings.SplitN(version, ".", 3) {
		digits := len(part) - len(strings.TrimLeft(part, "0123456789"))
		n, err := strconv.Atoi(part[:digits])
		if err != nil {
			return release{text: version}
		}
		r.number[i] = n
	}
	return r
}

// String names the server for a person.
func (r release) String() string {
	switch {
	case r.perl:
		return "the Perl Gearman::Server " + r.text
	case r.number != [3]int{}:
		return "gearmand " + r.text
	}
	return "a server of version " + strconv.Quote(r.text)
}

// before reports whether the server is a gearmand older than that of the number, such as "1.1.6".
func (r release) before(number string) bool {
	if r.number == [3]int{} {
		return false
	}
	other := readRelease(number).number
	for i, n := range r.number {
		if n != other[i] {
			return n < other[i]
		}
	}
	return false
}
