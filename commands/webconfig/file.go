package webconfig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// largestFile bounds what is read of a file: the largest that make sense are bundles of all authorities of a system.
const largestFile = 4 << 20

// readFile returns what a file holds. The error does not name the file. What is not a regular file is refused: it is
// read again and again, and a pipe would be empty the second time, which is a good configuration without passwords.
func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // or a pipe that nobody writes would never open
	if err != nil {
		return nil, pathCause(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, pathCause(err)
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if len(b) > largestFile {
		return nil, fmt.Errorf("is larger than %d MiB", largestFile>>20)
	}
	return b, pathCause(err)
}

// pathCause takes the path off an error.
func pathCause(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
