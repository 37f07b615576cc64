//go:build !linux

package disk

import (
	"io/fs"
	"os"
	"syscall"
)

// IsNull reports whether info is that of /dev/null.
func IsNull(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	if err != nil || info.Mode()&null.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	a, known := info.Sys().(*syscall.Stat_t)
	b, both := null.Sys().(*syscall.Stat_t)
	return known && both && a.Rdev == b.Rdev
}
