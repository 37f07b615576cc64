package commands

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// gcPercents are how many percent the heap may grow until the first, second, … collection. None comes before 16 MiB, for
// most commands end before that and a status of ten thousand queues takes a third less time; a table of as many ends
// after two or three. Then the heap grows little, so that a command that holds a hundred megabytes does not take five
// hundred for it.
var gcPercents = [...]int{400, 150, 150, 60}

// smallHeap is how large the heap may always become: a worker, which holds two megabytes, would otherwise collect them after
// every hundred checks, a fifth of what gearctl itself does for them.
const smallHeap = 16 << 20

// TuneGC sets how often Go's collector runs, unless the environment does by GOGC. It is for main, once.
func TuneGC(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercents[0])
		afterCollection(func() { tuneGC(1) })
	}
}

// tuneGC sets the percents from those after the i-th collection on.
func tuneGC(i int) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(gcPercent(i, int64(live[0].Value.Uint64())))
	afterCollection(func() { tuneGC(i + 1) })
}

// gcPercent is by how many percent a heap of so many bytes may grow after the i-th collection.
func gcPercent(i int, live int64) int {
	percent := gcPercents[min(i, len(gcPercents)-1)]
	return max(percent, int(min(100*smallHeap/max(live, 1)-100, 400)))
}

// afterCollection calls do after the next collection: a finalizer runs once its object is found dead.
func afterCollection(do func()) {
	runtime.SetFinalizer(&struct{ _ [16]byte }{}, func(any) { do() })
}
