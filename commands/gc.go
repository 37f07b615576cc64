package commands

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The heap grows by freeHeap between two collections, or by a share of what is alive when that is more. Most commands
// end before the first collection, and a status of ten thousand queues takes a third less time than with Go's 4 MiB; a
// command that holds a hundred megabytes does not take five hundred for it.
const (
	freeHeap = 16 << 20
	share    = 50 // percent
)

// firstPercent makes the first collection come at freeHeap: Go begins with 4 MiB for each hundred percent.
const firstPercent = freeHeap / (4 << 20) * 100

// TuneGC sets how often Go's collector runs, unless the environment does by GOGC. It is for main, once.
func TuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(firstPercent)
		afterGC()
	}
}

// afterGC sets the percentage anew after each collection: a finalizer runs after the one that finds its object dead.
func afterGC() {
	runtime.SetFinalizer(&struct{ _ [16]byte }{}, func(any) {
		alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(alive)
		debug.SetGCPercent(heapPercent(alive[0].Value.Uint64()))
		afterGC()
	})
}

// heapPercent returns by how many percent a heap may grow of which so many bytes are alive.
func heapPercent(alive uint64) int {
	return int(min(max(share, 100*freeHeap/max(alive, 1)), firstPercent))
}
