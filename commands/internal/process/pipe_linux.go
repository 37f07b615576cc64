package process

import "syscall"

// newPipe returns the ends of a pipe that no other command inherits.
func newPipe() (read, write int, err error) {
	var ends [2]int
	err = syscall.Pipe2(ends[:], syscall.O_CLOEXEC)
	return ends[0], ends[1], err
}
