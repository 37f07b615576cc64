//go:build !race

package commands

// raceDetector tells that the race detector watches.
const raceDetector = false
