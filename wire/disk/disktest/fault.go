package disktest

import (
	"io/fs"
	"sync"
	"syscall"
	"testing"
)

// Errnos returns errors for test tables, the first two of them with -short.
func Errnos() []syscall.Errno {
	list := []syscall.Errno{
		syscall.EIO, syscall.ENOSPC, syscall.EROFS, syscall.EDQUOT, syscall.EINVAL, syscall.ENOTSUP, syscall.EBADF, syscall.EINTR,
		syscall.ESTALE, syscall.ENODEV,
	}
	if testing.Short() {
		return list[:2]
	}
	return list
}

// Op is an operation of a file system.
type Op string

// The operations that can fail. A failing write writes half of its data.
const (
	Open     Op = "open"
	Read     Op = "read"
	Write    Op = "write"
	Sync     Op = "sync"
	Truncate Op = "truncate"
	Chmod    Op = "chmod"
	Close    Op = "close"
	Rename   Op = "rename"
	Remove   Op = "remove"
	Mkdir    Op = "mkdir"
	SyncDir  Op = "sync directory"
)

// Ops are all operations.
var Ops = []Op{Open, Read, Write, Sync, Truncate, Chmod, Close, Rename, Remove, Mkdir, SyncDir}

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

// Arm makes op fail with errno from its from-th call on, also while the disk is in use.
func (f *Fault) Arm(op Op, errno syscall.Errno, from int) {
	f.guard.Lock()
	defer f.guard.Unlock()
	f.Op, f.Errno, f.From = op, errno, from
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
