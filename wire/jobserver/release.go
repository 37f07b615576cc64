package jobserver

import "strings"

// Release is a line of gearmand releases that behave alike.
type Release string

// The releases that a Server can behave like.
const (
	Release11 Release = "1.1" // 1.1.20 to 1.1.22
	Release20 Release = "2.0" // from 2.0.0
)

// Gearmand returns the first version of the release.
func (r Release) Gearmand() string {
	if r == Release11 {
		return "1.1.20"
	}
	return "2.0.0"
}

// ReleaseOf returns the release to which a version belongs: one that is no version is the newest.
func ReleaseOf(version string) Release {
	if strings.HasPrefix(version, "0.") || strings.HasPrefix(version, "1.") {
		return Release11
	}
	return Release20
}
