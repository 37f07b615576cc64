package disk

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// IsNull reports whether info is that of /dev/null, also where that has no name, as in a chroot.
func IsNull(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode()&fs.ModeCharDevice != 0 && st.Rdev == unix.Mkdev(1, 3)
}
