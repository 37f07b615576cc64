package commands

import (
	"os"
	"runtime/debug"
)

// The heap grows by 16 MiB and half of what is alive between two collections: most commands end before the first, and a
// status of ten thousand queues takes a third less time than with Go's 4 MiB; a command that holds a hundred megabytes
// does not take five hundred for it. Go has no such setting: ballast, which is never touched and so costs no memory,
// counts as alive, and half of it is the 16 MiB.
const (
	gcPercent = 50
	ballast   = 32 << 20
)

// TuneGC sets how often Go's collector runs, unless the environment does by GOGC. It is for main, once, which must keep
// what it returns alive.
func TuneGC() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	debug.SetGCPercent(gcPercent)
	return make([]byte, ballast)
}
