package process

import (
	"os"
	"syscall"
)

// filledPipe returns the read end of a pipe that holds data. As input of a command it needs no goroutine that writes, which
// is a tenth of the rate of short commands.
func filledPipe(data []byte) (*os.File, error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil, err
	}
	defer syscall.Close(ends[1])
	_, err := syscall.Write(ends[1], data)
	return os.NewFile(uintptr(ends[0]), "stdin"), err
}
