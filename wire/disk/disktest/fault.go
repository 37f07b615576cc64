package disktest

import (
	"io/fs"
	"sync"
	"syscall"
)

// Fault makes operations fail: from its From-th call on, the operation Op fails with Errno.
type Fault struct {
	Op    Op
	From  int // from 1; 0: never
	Times int // how many calls fail; 0: all that follow
	Errno syscall.Errno

	guard  sync.Mutex
	count  int
	failed int
}

// Failed returns how many operations failed.
func (f *Fault) Failed() int {
	f.guard.Lock()
	defer f.guard.Unlock()
	return f.failed
}

// Heal ends the faults.
func (f *Fault) Heal() {
	f.guard.Lock()
	defer f.guard.Unlock()
	f.From = 0
}

// fails returns the error of an operation that fails.
func (f *Fault) fails(op Op, path string) error {
	f.guard.Lock()
	defer f.guard.Unlock()
	if op != f.Op || f.From == 0 {
		return nil
	}
	f.count++
	if f.count < f.From || f.Times > 0 && f.failed >= f.Times {
		return nil
	}
	f.failed++
	return &fs.PathError{Op: string(op), Path: path, Err: f.Errno}
}
