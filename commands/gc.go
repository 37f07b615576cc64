package commands

import (
	"runtime"
	"runtime/debug"
)

// gcPercents are how many percent the heap may grow until the first, second, … collection. None comes before 16 MiB, for
// most commands end before that and a status of ten thousand queues takes a third less time; a table of as many ends
// after two or three. Then the heap grows little, so that a command that holds a hundred megabytes does not take five
// hundred for it.
var gcPercents = [...]int{400, 150, 150, 60}

// TuneGC sets how often Go's collector runs, unless the environment does by GOGC. It is for main, once.
func TuneGC(getenv func(string) string) {
	if getenv("GOGC") == "" {
		tuneGC(0)
	}
}

// tuneGC sets the percents from the i-th on.
func tuneGC(i int) {
	debug.SetGCPercent(gcPercents[i])
	if i+1 < len(gcPercents) {
		// A finalizer runs after the collection that finds its object dead: the next.
		runtime.SetFinalizer(&struct{ _ [16]byte }{}, func(any) { tuneGC(i + 1) })
	}
}
