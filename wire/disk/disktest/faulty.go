// Package disktest has file systems for tests. [Sim] is in memory, and loses power in every way that the real ones allow:
// [Survive] runs what a program does after each crash. [Disk] is the real one. Operations of both fail on demand.
package disktest

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"gearctl/wire/disk"
)

// Errnos are errors for test tables.
var Errnos = []syscall.Errno{
	syscall.EIO, syscall.ENOSPC, syscall.EROFS, syscall.EDQUOT, syscall.EINVAL, syscall.ENOTSUP, syscall.EBADF, syscall.EINTR,
	syscall.ESTALE, syscall.ENODEV,
}

// Op is an operation of a file system.
type Op string

// The operations that can fail. A failing write writes half of its data.
const (
	Open     Op = "open"
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
var Ops = []Op{Open, Write, Sync, Truncate, Chmod, Close, Rename, Remove, Mkdir, SyncDir}

// Disk is disk.OS with faults: from its From-th call on, the operation Op fails with Errno.
type Disk struct {
	disk.OS
	Op    Op
	From  int // from 1; 0: never
	Errno syscall.Errno

	mu     sync.Mutex
	count  int
	failed int
	synced map[string]int64 // synced size by path
	named  map[string]bool  // by path of a new file: whether its name is synced
}

// Failed returns how many operations failed.
func (d *Disk) Failed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// Heal ends the faults.
func (d *Disk) Heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.From = 0
}

func (d *Disk) fails(op Op, path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if op != d.Op || d.From == 0 {
		return nil
	}
	d.count++
	if d.count < d.From {
		return nil
	}
	d.failed++
	return &fs.PathError{Op: string(op), Path: path, Err: d.Errno}
}

// Crash simulates a loss of power: of the files that were opened, only synced data under synced names remain.
func (d *Disk) Crash() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for path, safe := range d.named {
		if !safe {
			os.Remove(path)
		}
	}
	for path, size := range d.synced {
		if info, err := os.Stat(path); err == nil && info.Size() > size {
			os.Truncate(path, size)
		}
	}
	d.synced, d.named = nil, nil
}

// note calls change, which updates synced and named, if err is nil. It returns err.
func (d *Disk) note(err error, change func()) error {
	if err == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.synced == nil {
			d.synced, d.named = map[string]int64{}, map[string]bool{}
		}
		change()
	}
	return err
}

// Open implements disk.FS.
func (d *Disk) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	if flags&os.O_CREATE != 0 {
		if err := d.fails(Open, path); err != nil {
			return nil, err
		}
	}
	_, before := os.Lstat(path)
	f, err := d.OS.Open(path, flags, mode)
	err = d.note(err, func() {
		path = f.Name()
		info, statErr := f.Stat()
		if _, known := d.synced[path]; !known && statErr == nil {
			d.synced[path] = info.Size()
		}
		if before != nil {
			d.named[path] = false
		}
	})
	if err != nil {
		return nil, err
	}
	return &file{f, d}, nil
}

// Mkdir implements disk.FS.
func (d *Disk) Mkdir(path string, mode fs.FileMode) error {
	if err := d.fails(Mkdir, path); err != nil {
		return err
	}
	return d.OS.Mkdir(path, mode)
}

// Rename implements disk.FS.
func (d *Disk) Rename(from, to string) error {
	if err := d.fails(Rename, from); err != nil {
		return err
	}
	return d.note(d.OS.Rename(from, to), func() {
		d.synced[to], d.named[to] = d.synced[from], true // before or after, a file has this name
		delete(d.synced, from)
		delete(d.named, from)
	})
}

// Remove implements disk.FS.
func (d *Disk) Remove(path string) error {
	if err := d.fails(Remove, path); err != nil {
		return err
	}
	return d.note(d.OS.Remove(path), func() {
		delete(d.synced, path)
		delete(d.named, path)
	})
}

// SyncDir implements disk.FS. It does not sync the real directory.
func (d *Disk) SyncDir(path string) error {
	if err := d.fails(SyncDir, path); err != nil {
		return err
	}
	return d.note(nil, func() {
		for name := range d.named {
			if filepath.Dir(name) == filepath.Clean(path) {
				d.named[name] = true
			}
		}
	})
}

type file struct {
	disk.File
	d *Disk
}

func (f *file) Write(p []byte) (int, error) {
	if err := f.d.fails(Write, f.Name()); err != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, err
	}
	return f.File.Write(p)
}

func (f *file) Sync() error {
	if err := f.d.fails(Sync, f.Name()); err != nil {
		return err
	}
	return f.d.note(nil, func() {
		if info, err := f.Stat(); err == nil {
			f.d.synced[f.Name()] = info.Size()
		}
	})
}

func (f *file) Truncate(size int64) error {
	if err := f.d.fails(Truncate, f.Name()); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *file) Chmod(mode fs.FileMode) error {
	if err := f.d.fails(Chmod, f.Name()); err != nil {
		return err
	}
	return f.File.Chmod(mode)
}

func (f *file) Close() error {
	err := f.d.fails(Close, f.Name())
	if closeErr := f.File.Close(); err == nil {
		err = closeErr
	}
	return err
}
