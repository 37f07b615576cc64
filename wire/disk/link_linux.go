package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// readLink returns the target of a symbolic link that belongs to this user or root, and "" for anything else. Owner and
// target are from the same link, even if it is replaced meanwhile.
func readLink(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "", err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", nil
	}
	if st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return "", ErrForeign
	}
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", text)
	return string(text[:max(n, 0)]), err
}
