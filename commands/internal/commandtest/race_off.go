//go:build !race

package commandtest

// RaceDetector reports whether the test runs under the race detector.
const RaceDetector = false
