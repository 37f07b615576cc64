package jobserver

import "strings"

// priority is the index of a job's queue within its function; lower is taken first.
type priority int

const (
	high priority = iota
	normal
	low
	priorities
)

// function is what people call a queue: the jobs that wait for it and the connections that can do it.
type function struct {
	name    []byte
	number  uint64                 // in the order of creation
	total   int                    // jobs that exist: waiting, ignored, future and running
	running int                    // jobs that a worker holds
	waiting [priorities]list[*job] // in the order in which they are handed out
	limits  [priorities]uint32     // of total, set by maxqueue; 0: none
	workers list[*ability]
}

// idle reports whether f may be dropped: nobody can do it and no job of it exists.
func (f *function) idle() bool { return f.workers.n == 0 && f.total == 0 }

// full reports whether f's limit forbids a new job of priority p. The limit of a priority is compared with the jobs of
// all (text.cc, job.cc).
func (f *function) full(p priority) bool {
	return f.limits[p] > 0 && uint64(f.total) >= uint64(f.limits[p])
}

// functionTable holds the functions by name and in the order of their creation.
type functionTable struct {
	byName map[string]*function
	order  sequence[function]
	size   int // what they count for against Options.MaxStored
}

func newFunctionTable() functionTable { return functionTable{byName: map[string]*function{}} }

// obtain returns the function called name, made when there is none: a function lives from its first mention until it
// is dropped.
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
	t.order.remove(f.number)
	t.size -= functionSize + 2*len(f.name)
	delete(t.byName, string(f.name))
}

// matching returns the functions whose name is name but for case, as drop function has it (B.5.2).
func (t *functionTable) matching(name string) []*function {
	var found []*function
	for _, f := range t.order.after(0) {
		if strings.EqualFold(string(f.name), name) {
			found = append(found, f)
		}
	}
	return found
}
