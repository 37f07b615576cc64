//go:build !race

package disktest

// raceDetector reports whether the test runs under the race detector, which makes it ten times as slow.
const raceDetector = false
