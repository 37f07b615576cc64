//go:build !linux

package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// readLink returns the target of a symbolic link that belongs to this user or root, and "" for anything else. A link that
// is replaced meanwhile is ErrForeign: its owner and its target would be those of different links.
func readLink(path string) (string, error) {
	var before, after unix.Stat_t
	if err := unix.Lstat(path, &before); err != nil {
		return "", err
	}
	if before.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", nil
	}
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlink(path, text)
	if err == nil {
		err = unix.Lstat(path, &after)
	}
	if err != nil {
		return "", err
	}
	same := before.Dev == after.Dev && before.Ino == after.Ino && before.Ctim == after.Ctim
	if !same || before.Uid != 0 && int(before.Uid) != os.Geteuid() {
		return "", ErrForeign
	}
	return string(text[:n]), nil
}
