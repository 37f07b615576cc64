package commands

import (
	"strconv"
	"strings"
)

// serverVersion is the program and version number of a server. The zero value is unknown.
type serverVersion struct {
	perl   bool // Gearman::Server, which puts a v in front of its number
	text   string
	number [3]int // of a gearmand; zero for any other server
}

// parseServerVersion reads a version such as "1.1.20+ds", "0.33" or "v1.130.1". Anything else is an
// unknown server.
func parseServerVersion(version string) serverVersion {
	v := serverVersion{text: version}
	if rest, ok := strings.CutPrefix(version, "v"); ok && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
		return serverVersion{perl: true, text: rest}
	}
	for i, part := range strings.SplitN(version, ".", 3) {
		digits := len(part) - len(strings.TrimLeft(part, "0123456789"))
		n, err := strconv.Atoi(part[:digits])
		if err != nil {
			return serverVersion{text: version}
		}
		v.number[i] = n
	}
	return v
}

// String names the server for messages.
func (v serverVersion) String() string {
	switch {
	case v.perl:
		return "the Perl Gearman::Server " + v.text
	case v.isGearmand():
		return "gearmand " + v.text
	}
	return "a server of version " + strconv.Quote(v.text)
}

// reported is the version as the server reports it.
func (v serverVersion) reported() string {
	if v.perl {
		return "v" + v.text
	}
	return v.text
}

// isGearmand reports whether the server is a gearmand of a known version.
func (v serverVersion) isGearmand() bool { return v.number != [3]int{} }

// before reports whether the server is a gearmand older than that of the number, such as "1.1.6".
func (v serverVersion) before(number string) bool {
	if !v.isGearmand() {
		return false
	}
	other := parseServerVersion(number).number
	for i, n := range v.number {
		if n != other[i] {
			return n < other[i]
		}
	}
	return false
}
