package webguard

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile returns a file in memory whose name can be opened by this process, any number of times.
func memoryFile(content []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("web-config", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), fmt.Sprintf("/proc/self/fd/%d", fd))
	_, err = f.Write(content)
	return f, err
}
