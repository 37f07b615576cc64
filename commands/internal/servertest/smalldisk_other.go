//go:build !linux

package servertest

import "testing"

// SmallDisk skips the test: it has no disk of 1 MiB on this system.
func SmallDisk(t testing.TB) string {
	t.Helper()
	t.Skip("mounts a small tmpfs, on Linux only")
	return ""
}
