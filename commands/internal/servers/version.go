package servers

import (
	"strconv"
	"strings"
)

// TimeoutFaultBefore is the first gearmand whose memory workers with job time-outs do not damage.
const TimeoutFaultBefore = "2.0.0"

// Version is the program and version number of a server. The zero value is an unknown server.
type Version struct {
	Perl   bool // Gearman::Server, which puts a v in front of its number
	Text   string
	number [3]int // of a gearmand; zero for any other server
}

// ParseVersion reads a version such as "1.1.20+ds", "0.33" or "v1.130.1". Anything else is an
// unknown server.
func ParseVersion(version string) Version {
	v := Version{Text: version}
	if rest, ok := strings.CutPrefix(version, "v"); ok && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
		return Version{Perl: true, Text: rest}
	}
	for i, part := range strings.SplitN(version, ".", 3) {
		digits := len(part) - len(strings.TrimLeft(part, "0123456789"))
		n, err := strconv.Atoi(part[:digits])
		if err != nil {
			return Version{Text: version}
		}
		v.number[i] = n
	}
	return v
}

// String names the server for messages.
func (v Version) String() string {
	switch {
	case v.Perl:
		return "the Perl Gearman::Server " + v.Text
	case v.IsGearmand():
		return "gearmand " + v.Text
	case v.Text == "":
		return "a server that reports no version"
	}
	return "a server of version " + strconv.Quote(v.Text)
}

// Reported is the version as the server reports it, empty if it reports none, as a gearmand built from a source archive.
func (v Version) Reported() string {
	if v.Perl {
		return "v" + v.Text
	}
	return v.Text
}

// IsGearmand reports whether the server is a gearmand of a known version.
func (v Version) IsGearmand() bool { return v.number != [3]int{} }

// development reports whether the server was built between two releases, whose behaviour may be that of the next: git
// describes such a build as 1.1.22-15-g0123abc.
func (v Version) development() bool {
	release, _, ok := strings.Cut(v.Text, "-g")
	_, commits, dash := strings.Cut(release, "-")
	_, err := strconv.Atoi(commits)
	return ok && dash && err == nil
}

// Before reports whether the server is a gearmand older than that of the number, such as "1.1.6".
func (v Version) Before(number string) bool {
	if !v.IsGearmand() {
		return false
	}
	other := ParseVersion(number).number
	for i, n := range v.number {
		if n != other[i] {
			return n < other[i]
		}
	}
	return false
}
