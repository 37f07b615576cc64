package cli

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// NullDevice reports whether w is /dev/null, and whether that was opened to read as well.
func NullDevice(w io.Writer) (null, read bool) {
	f, ok := w.(*os.File)
	if !ok {
		return false, false
	}
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != unix.Mkdev(1, 3) {
		return false, false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return true, err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
