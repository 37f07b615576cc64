// Package servertest gives tests the other side of what gearctl does: job servers that behave and that do not, workers,
// jobs, and ways to wait for them.
//
// It imports nothing of commands, so tests inside a package use it as well as those outside.
package servertest
