package cli

import (
	"io"
	"os"

	"golang.org/x/sys/unix"

	"gearctl/wire/disk"
)

// NullDevice reports whether w is /dev/null, and whether that was opened to read as well.
func NullDevice(w io.Writer) (null, read bool) {
	f, ok := w.(*os.File)
	if !ok {
		return false, false
	}
	if info, err := f.Stat(); err != nil || !disk.IsNull(info) {
		return false, false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return true, err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
