package commands

import (
	"os"
	"runtime"
	"runtime/debug"
)

// How many percent the heap may grow between two collections: at first so many that none comes before 16 MiB, for most
// commands end before that and a status of ten thousand queues takes a third less time; then few, so that a command that
// holds a hundred megabytes does not take five hundred for it.
const (
	firstGCPercent = 400
	laterGCPercent = 60
)

// TuneGC sets how often Go's collector runs, unless the environment does by GOGC. It is for main, once.
func TuneGC() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(firstGCPercent)
	// A finalizer runs after the collection that finds its object dead: the first.
	runtime.SetFinalizer(&struct{ _ [16]byte }{}, func(any) { debug.SetGCPercent(laterGCPercent) })
}
