package disktest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"gearctl/wire/disk"
)

// Sim is a file system in memory that can lose power. It records every operation that changes it, in one order with the
// events that Note records, and [Sim.Crashes] returns each state in which a crash may leave it.
//
// What survives a crash:
//   - The contents and the size of a file, a truncation and a chmod: once the file is synced. (fdatasync does not promise
//     the mode, but ext4 and XFS log it before any name that is synced later.)
//   - A name, made by a creation, mkdir or rename or gone by a rename or removal: once its directory is synced, that of the
//     new name for a rename. Syncing a file does not sync its name.
//   - Of everything else, anything, in any combination: ext4 and XFS keep the order of names, other file systems do not. A
//     rename is atomic: the new name and no old one, or the reverse. A file whose name survives and whose contents were not
//     synced may be empty.
//   - A write is lost, survives, survives up to some byte, or leaves only the size: blocks that were allocated but not
//     written read as zeros, at the end of the file or, if a later write survived, in its middle.
//   - If a sync fails, what it should have synced is in doubt for good, even if a later sync succeeds, because the kernel
//     marks the pages as clean.
//
// Locks end with a crash. There are no symbolic links and no other users. The umask is 077.
type Sim struct {
	Fault
	mu    sync.Mutex
	base  image // before the first operation
	live  image // as programs see it
	ops   []op
	lines []line
	last  int // the highest inode number
	locks map[int]*simFile
	tally Tally

	earlier []string // notes before the crash after which it was started
	crashed string   // how that crash came
}

// line is a line of the log.
type line struct {
	text string
	note bool
}

// umask is applied to the mode of new files: a missing chmod shows.
const umask = 0o077

// NewSim returns an empty file system.
func NewSim() *Sim {
	return newSim(image{root: {dir: true, mode: fs.ModeDir | 0o700, names: map[string]int{}}})
}

func newSim(base image) *Sim {
	s := &Sim{base: base, live: base.clone(), locks: map[int]*simFile{}}
	for id := range base {
		s.last = max(s.last, id)
	}
	return s
}

// Note records an event from outside, such as an acknowledgement.
func (s *Sim) Note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line{text, true})
}

// Settle makes everything survive a crash and empties the log: what came before is the preparation of a test.
func (s *Sim) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base, s.ops, s.lines = s.live.clone(), nil, nil
}

// Log returns the operations and notes in the order in which they came, for example "create /f 0600", "write /f", "overwrite
// /f" if there was something before, "sync /f", "sync directory /". Reading is not recorded.
func (s *Sim) Log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, l := range s.lines {
		list = append(list, l.text)
	}
	return list
}

// String lists the files and directories with their modes and contents.
func (s *Sim) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live.String()
}

// WriteFile writes a file and makes it survive a crash, without a trace in the log, for the preparation of a test. Missing
// directories are made.
func (s *Sim) WriteFile(path string, b []byte, mode fs.FileMode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range []image{s.base, s.live} {
		at, id := i[root], s.last
		names := split(path)
		for _, name := range names[:len(names)-1] {
			if at.names[name] == 0 {
				id++
				at.names[name] = id
				i[id] = &inode{dir: true, mode: fs.ModeDir | 0o700, names: map[string]int{}}
			}
			at = i[at.names[name]]
		}
		id++
		at.names[names[len(names)-1]] = id
		i[id] = &inode{mode: mode, data: b}
	}
	for id := range s.live {
		s.last = max(s.last, id)
	}
}

// do records an operation and applies it, unless it fails on demand.
func (s *Sim) do(kind Op, text string, path string, o op) error {
	if err := s.fails(kind, path); err != nil {
		s.record("%s: %v", text, s.Errno)
		return err
	}
	s.add(text, o)
	return nil
}

// add records an operation and applies it.
func (s *Sim) add(text string, o op) {
	o.at, o.synced = len(s.lines), never
	s.record("%s", text)
	if o.kind == write && len(o.data) == 0 {
		return // the half of a byte that was written
	}
	s.ops = append(s.ops, o)
	s.live.apply(&o, choice{kept, 0})
}

func (s *Sim) record(format string, args ...any) {
	s.lines = append(s.lines, line{fmt.Sprintf(format, args...), false})
}

// sync makes the operations survive that it concerns.
func (s *Sim) sync(kind Op, path string, concerns func(*op) bool) error {
	err := s.fails(kind, path)
	for i := range s.ops {
		switch o := &s.ops[i]; {
		case o.synced != never || o.doubt || !concerns(o):
		case err != nil:
			o.doubt = true
		default:
			o.synced = len(s.lines)
		}
	}
	if err != nil {
		s.record("%s %s: %v", kind, path, s.Errno)
	} else {
		s.record("%s %s", kind, path)
	}
	return err
}

func split(path string) []string {
	return strings.FieldsFunc(filepath.Clean("/"+path), func(r rune) bool { return r == '/' })
}

// find returns the directory of a path, its last name, and the inode, 0 if there is none.
func (s *Sim) find(path string) (dir int, name string, id int, err error) {
	names := split(path)
	if len(names) == 0 {
		return root, "", root, nil
	}
	dir = root
	for _, n := range names[:len(names)-1] {
		dir = s.live[dir].names[n]
		if dir == 0 {
			return 0, "", 0, syscall.ENOENT
		}
		if !s.live[dir].dir {
			return 0, "", 0, syscall.ENOTDIR
		}
	}
	name = names[len(names)-1]
	return dir, name, s.live[dir].names[name], nil
}

func pathError(kind Op, path string, err error) error {
	return &fs.PathError{Op: string(kind), Path: path, Err: err}
}

// Resolve implements disk.FS.
func (s *Sim) Resolve(path string) (string, error) { return path, nil }

// Open implements disk.FS.
func (s *Sim) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dir, name, id, err := s.find(path)
	switch {
	case err != nil:
	case id == 0 && flags&os.O_CREATE == 0:
		err = syscall.ENOENT
	case id != 0 && flags&os.O_EXCL != 0:
		err = syscall.EEXIST
	case id != 0 && s.live[id].dir:
		err = disk.ErrNotRegular
	}
	if err != nil {
		return nil, pathError(Open, path, err)
	}
	f := &simFile{s: s, path: path, id: id, mode: flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)}
	if id == 0 {
		mode &^= umask
		o := op{kind: create, dir: dir, name: name, inode: s.last + 1, mode: mode}
		if err := s.do(Open, fmt.Sprintf("create %s %#o", path, mode), path, o); err != nil {
			return nil, err
		}
		s.last++
		f.id, f.logged = s.last, true
		return f, nil
	}
	if flags&os.O_CREATE != 0 {
		if err := s.fails(Open, path); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Stat implements disk.FS.
func (s *Sim) Stat(path string) (fs.FileInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, id, err := s.find(path)
	if err == nil && id == 0 {
		err = syscall.ENOENT
	}
	if err != nil {
		return nil, pathError("stat", path, err)
	}
	return s.live.info(filepath.Base(path), id), nil
}

// ReadDir implements disk.FS.
func (s *Sim) ReadDir(path string) ([]fs.DirEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, id, err := s.find(path)
	switch {
	case err != nil:
	case id == 0:
		err = syscall.ENOENT
	case !s.live[id].dir:
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, pathError("readdir", path, err)
	}
	var list []fs.DirEntry
	for _, name := range s.live[id].sorted() {
		list = append(list, fs.FileInfoToDirEntry(s.live.info(name, s.live[id].names[name])))
	}
	return list, nil
}

// Mkdir implements disk.FS.
func (s *Sim) Mkdir(path string, mode fs.FileMode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dir, name, id, err := s.find(path)
	if err == nil && id != 0 {
		err = syscall.EEXIST
	}
	if err != nil {
		return pathError(Mkdir, path, err)
	}
	mode = mode&^umask | fs.ModeDir
	err = s.do(Mkdir, fmt.Sprintf("mkdir %s %#o", path, mode.Perm()), path, op{kind: create, dir: dir, name: name, inode: s.last + 1, mode: mode})
	if err == nil {
		s.last++
	}
	return err
}

// Rename implements disk.FS.
func (s *Sim) Rename(from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dir, name, id, err := s.find(from)
	if err == nil && id == 0 {
		err = syscall.ENOENT
	}
	toDir, toName, old, toErr := s.find(to)
	switch {
	case err != nil:
	case toErr != nil:
		err = toErr
	case s.live[id].dir: // none of the programs does it
		err = syscall.EISDIR
	case old != 0 && s.live[old].dir:
		err = syscall.EEXIST
	}
	if err != nil {
		return pathError(Rename, from, err)
	}
	return s.do(Rename, "rename "+from+" "+to, from, op{kind: rename, from: dir, fromName: name, dir: toDir, name: toName, inode: id})
}

// Remove implements disk.FS.
func (s *Sim) Remove(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dir, name, id, err := s.find(path)
	switch {
	case err != nil:
	case id == 0:
		err = syscall.ENOENT
	case len(s.live[id].names) > 0:
		err = syscall.ENOTEMPTY
	}
	if err != nil {
		return pathError(Remove, path, err)
	}
	return s.do(Remove, "remove "+path, path, op{kind: remove, dir: dir, name: name, inode: id})
}

// SyncDir implements disk.FS.
func (s *Sim) SyncDir(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, id, err := s.find(path)
	switch {
	case err != nil:
	case id == 0:
		err = syscall.ENOENT
	case !s.live[id].dir:
		err = syscall.ENOTDIR
	}
	if err != nil {
		return pathError(SyncDir, path, err)
	}
	return s.sync(SyncDir, path, func(o *op) bool { return o.kind.named() && o.dir == id })
}

// fileInfo describes a file of a Sim, as one of this user.
type fileInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return &syscall.Stat_t{Uid: uint32(os.Geteuid())} }
