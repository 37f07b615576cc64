//go:build !linux

package webguard

import (
	"fmt"
	"os"
	"runtime"
)

// memoryFile fails: this system has no files in memory, and passwords are not copied to a disk.
func memoryFile([]byte) (*os.File, error) {
	return nil, fmt.Errorf("--web-config works on Linux only, and this system is %s", runtime.GOOS)
}
