//go:build race

package commandtest

// RaceDetector reports whether the race detector watches.
const RaceDetector = true
