package host

import "golang.org/x/sys/unix"

// ClockSynchronised reports whether the kernel takes its clock for synchronised.
func ClockSynchronised() (bool, error) {
	var t unix.Timex // Modes 0: only read
	state, err := unix.Adjtimex(&t)
	return isSynchronised(state, t.Status), err
}

func isSynchronised(state int, status int32) bool {
	return status&unix.STA_UNSYNC == 0 && state != unix.TIME_ERROR
}
