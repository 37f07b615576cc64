package modconf

import (
	"bytes"
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"gearctl/wire/modgearman"
)

// Release is a version of a product.
type Release struct {
	Product Product
	Version string
}

// String names product and version.
func (r Release) String() string { return r.Product.Name + " " + r.Version }

var versionText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d+\.\d+\.\d+$`) })

// ReleaseOfFile finds the release of a module or a worker in C in its file, where the version is a string of its own. ok is
// false if there is none, or several.
func ReleaseOfFile(program []byte) (r Release, ok bool) {
	switch {
	case bytes.Contains(program, []byte(NagiosModGearman.marker)):
		r.Product = NagiosModGearman
	case bytes.Contains(program, []byte(ModGearman.marker)):
		r.Product = ModGearman
	default:
		return Release{}, false
	}
	for text := range bytes.SplitSeq(program, []byte{0}) {
		if version := string(text[:min(len(text), 20)]); len(text) <= 20 && versionText().MatchString(version) {
			if r.Version != "" && r.Version != version {
				return Release{}, false
			}
			r.Version = version
		}
	}
	return r, r.Version != ""
}

// ReleaseOfStatus finds the release of a worker or a module in its answer to a probe. ok is false for programs that are not
// in C: those have versions of their own.
func ReleaseOfStatus(s modgearman.Status) (r Release, ok bool) {
	if !s.InC || !versionText().MatchString(s.Version) {
		return Release{}, false
	}
	r = Release{ModGearman, s.Version}
	if strings.HasPrefix(s.Version, "1.0.") { // mod_gearman was there in 2011, and the fork counts anew
		r.Product = NagiosModGearman
	}
	return r, true
}

// Advisory returns what is known of a release, and what to do. It is empty if nothing is.
func (r Release) Advisory() (finding, fix string) {
	a := r.Product.affected
	if a.from == "" || compareVersions(r.Version, a.from) < 0 || compareVersions(r.Version, a.to) > 0 {
		return "", ""
	}
	finding = r.String() + ": malformed base64 in a job or result can crash it (GHSA-v6j8-h9j2-xqv3, " + a.from + " to " + a.to + ")"
	if a.fixed == "" {
		return finding, "give only trusted hosts access to gearmand: no release after " + a.to + " with the fix was known when this was written"
	}
	return finding, "update " + r.Product.Name + " to " + a.fixed + " or later"
}

// compareVersions compares the numbers between dots.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		var n, m int
		if i < len(x) {
			n, _ = strconv.Atoi(x[i])
		}
		if i < len(y) {
			m, _ = strconv.Atoi(y[i])
		}
		if c := cmp.Compare(n, m); c != 0 {
			return c
		}
	}
	return 0
}
