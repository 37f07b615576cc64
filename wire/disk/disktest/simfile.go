package disktest

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"gearctl/wire/disk"
)

// simFile is an open file of a Sim. Its inode stays when its name is removed.
type simFile struct {
	s      *Sim
	path   string
	id     int
	mode   int // of access
	offset int64
	closed bool
	logged bool // the log has something about this file, so that closing it is worth a line
}

func (f *simFile) Name() string { return f.path }

// begin locks the Sim. The error is that of using a file that is closed, or was not opened for it.
func (f *simFile) begin(kind Op, forbidden int) (end func(), err error) {
	f.s.mu.Lock()
	switch {
	case f.closed:
		err = pathError(kind, f.path, fs.ErrClosed)
	case f.mode == forbidden:
		err = pathError(kind, f.path, syscall.EBADF)
	}
	return f.s.mu.Unlock, err
}

const anyMode = -1 // of no file

func (f *simFile) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, f.offset)
	f.offset += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *simFile) ReadAt(p []byte, offset int64) (int, error) {
	end, err := f.begin(Read, os.O_WRONLY)
	defer end()
	if err != nil {
		return 0, err
	}
	if err := f.s.fails(Read, f.path); err != nil {
		return 0, err
	}
	data := f.s.live[f.id].data
	n := copy(p, data[min(offset, int64(len(data))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *simFile) Write(p []byte) (int, error) {
	end, err := f.begin(Write, os.O_RDONLY)
	defer end()
	if err != nil || len(p) == 0 {
		return 0, err
	}
	text := "write " + f.path
	if f.offset < int64(len(f.s.live[f.id].data)) {
		text = "overwrite " + f.path
	}
	f.logged = true
	failed := f.s.fails(Write, f.path)
	if failed != nil {
		p = p[:len(p)/2]
		text += fmt.Sprintf(": %v", f.s.Errno)
	}
	f.s.add(text, op{kind: write, inode: f.id, offset: f.offset, data: bytes.Clone(p)})
	f.offset += int64(len(p))
	return len(p), failed
}

func (f *simFile) Seek(offset int64, whence int) (int64, error) {
	end, err := f.begin("seek", anyMode)
	defer end()
	if err != nil {
		return 0, err
	}
	switch whence {
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		offset += int64(len(f.s.live[f.id].data))
	}
	if offset < 0 {
		return 0, pathError("seek", f.path, syscall.EINVAL)
	}
	f.offset = offset
	return offset, nil
}

func (f *simFile) Stat() (fs.FileInfo, error) {
	end, err := f.begin("stat", anyMode)
	defer end()
	if err != nil {
		return nil, err
	}
	return f.s.live.info(filepath.Base(f.path), f.id), nil
}

func (f *simFile) Chmod(mode fs.FileMode) error {
	end, err := f.begin(Chmod, anyMode)
	defer end()
	if err != nil {
		return err
	}
	f.logged = true
	return f.s.do(Chmod, fmt.Sprintf("chmod %s %#o", f.path, mode), f.path, op{kind: chmod, inode: f.id, mode: mode})
}

func (f *simFile) Truncate(size int64) error {
	end, err := f.begin(Truncate, os.O_RDONLY)
	defer end()
	if err != nil {
		return err
	}
	f.logged = true
	return f.s.do(Truncate, "truncate "+f.path, f.path, op{kind: truncate, inode: f.id, offset: size})
}

func (f *simFile) Sync() error {
	end, err := f.begin(Sync, anyMode)
	defer end()
	if err != nil {
		return err
	}
	f.logged = true
	return f.s.sync(Sync, f.path, func(o *op) bool { return !o.kind.named() && o.inode == f.id })
}

func (f *simFile) Lock() error {
	end, err := f.begin("lock", anyMode)
	defer end()
	if err != nil {
		return err
	}
	if holder := f.s.locks[f.id]; holder != nil && holder != f {
		return pathError("lock", f.path, disk.ErrBusy)
	}
	f.s.locks[f.id], f.logged = f, true
	f.s.record("lock %s", f.path)
	return nil
}

func (f *simFile) Close() error {
	end, err := f.begin(Close, anyMode)
	defer end()
	if err != nil {
		return err
	}
	f.closed = true
	if f.s.locks[f.id] == f {
		delete(f.s.locks, f.id)
	}
	if err = f.s.fails(Close, f.path); err != nil {
		f.s.record("close %s: %v", f.path, f.s.Errno)
	} else if f.logged {
		f.s.record("close %s", f.path)
	}
	return err
}
