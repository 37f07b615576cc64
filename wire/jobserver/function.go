package jobserver

import (
	"strings"

	"gearctl/wire"
)

// byPriority holds a value per wire.Priority. Index 0, PriorityUnknown, is unused.
type byPriority[T any] [wire.PriorityLow + 1]T

// function is what users call a queue: its jobs, and the connections that can do it.
type function struct {
	name    []byte
	number  uint64                 // in the order of creation
	total   int                    // all jobs: waiting, ignored, future and running
	running int                    // jobs that a worker holds
	waiting byPriority[list[*job]] // in the order in which they are assigned
	limits  byPriority[uint32]     // of total, set by maxqueue; 0: none
	workers list[*ability]
	wake    *wake
}

// idle reports whether f may be dropped: it has neither workers nor jobs.
func (f *function) idle() bool { return f.workers.n == 0 && f.total == 0 }

// overLimit reports whether f's limit for priority p forbids a new job. The limit applies to the jobs of all priorities
// (text.cc, job.cc).
func (f *function) overLimit(p wire.Priority) bool {
	return f.limits[p] > 0 && uint64(f.total) >= uint64(f.limits[p])
}

// functionTable finds functions by name and lists them in the order of creation.
type functionTable struct {
	byName map[string]*function
	order  sequence[function]
	size   int // bytes that count towards Options.MaxStored
}

func newFunctionTable() functionTable { return functionTable{byName: map[string]*function{}} }

// obtain returns the function called name. It is created at first use and lives until it is dropped.
func (t *functionTable) obtain(name []byte) *function {
	if f := t.byName[string(name)]; f != nil {
		return f
	}
	f := &function{name: []byte(string(name))}
	t.byName[string(name)] = f
	f.number = t.order.add(f)
	t.size += functionSize + 2*len(name)
	return f
}

func (t *functionTable) drop(f *function) {
	f.wake.stop()
	t.order.remove(f.number)
	t.size -= functionSize + 2*len(f.name)
	delete(t.byName, string(f.name))
}

// matching returns the functions called name in any case, as "drop function" matches them (B.5.2).
func (t *functionTable) matching(name string) []*function {
	var found []*function
	for _, f := range t.order.after(0) {
		if strings.EqualFold(string(f.name), name) {
			found = append(found, f)
		}
	}
	return found
}
