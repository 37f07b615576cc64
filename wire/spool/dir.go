// Package spool keeps jobs on disk while they are forwarded from one queue to another, so that neither an outage nor a crash
// loses any. A directory holds a [Queue] for each route. Its files are archives (see package archive), which can also be
// read and submitted by hand.
//
// [Open] locks a directory, and [Dir.Queue] opens a queue in it. [Queue.Put] returns when jobs are on disk, [Queue.Next]
// returns the next jobs, and [Queue.Done] marks jobs as delivered, after which they are removed. After a crash, Next starts
// with the first job that is not marked; jobs marked up to 200 ms before the crash can be returned again. One goroutine may
// put while another takes out.
package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// ErrBusy means that another process uses a directory.
var ErrBusy = errors.New("another process uses it")

// ErrFull means that a directory has reached its size limit.
var ErrFull = errors.New("the spool has reached its limit")

// lockName is the name of the lock file in a Dir.
const lockName = "lock"

// Dir is a directory of queues, used by one process at a time.
type Dir struct {
	disk disk.FS
	path string
	lock disk.File
	max  int64        // bytes; 0: no limit
	used atomic.Int64 // bytes of all open queues, including rejected jobs
	mu   sync.Mutex
	open []*Queue
}

// Open opens a directory and locks it until Close. It creates a missing directory with mode 0700. max is how many bytes it
// may hold; 0: no limit. The error is ErrBusy if another process has locked it, and a *disk.UnsafeError if others could add
// jobs: the directory belongs to another user, or others may write to it.
func Open(d disk.FS, path string, max int64) (*Dir, error) {
	if err := disk.MakePrivate(d, path); err != nil {
		return nil, err
	}
	lock, err := d.Open(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = lock.Lock()
	if errors.Is(err, disk.ErrBusy) {
		err = fmt.Errorf("%s: %w", path, ErrBusy)
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return &Dir{disk: d, path: path, lock: lock, max: max}, nil
}

// Path returns the path of the directory.
func (d *Dir) Path() string { return d.path }

// Used returns how many bytes the open queues take on disk.
func (d *Dir) Used() int64 { return d.used.Load() }

// Close closes all open queues and releases the lock.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, q := range d.open {
		errs = append(errs, q.close())
	}
	d.open = nil
	return errors.Join(append(errs, d.lock.Close())...)
}

// full reports whether records exceed the limit, even after files that are no longer needed are removed.
func (d *Dir) full(records []archive.Record) bool {
	if d.max == 0 {
		return false
	}
	var need int64
	for i := range records {
		need += int64(len(records[i].Data))*4/3 + recordCost
	}
	if d.used.Load()+need <= d.max {
		return false
	}
	d.mu.Lock()
	queues := d.open
	d.mu.Unlock()
	for _, q := range queues {
		q.closeIfDone()
	}
	used := d.used.Load()
	return used > 0 && used+need > d.max // an empty spool accepts jobs over the limit
}

// segmentSize returns the size at which a queue starts a new file: small enough that files are removed long before the
// limit.
func (d *Dir) segmentSize() int64 {
	const least, most = 64 << 10, 8 << 20
	if d.max == 0 {
		return most
	}
	return min(max(d.max/16, least), most)
}

// Leftover is a queue on disk that is not open.
type Leftover struct {
	Name     string
	About    string // as given to Dir.Queue
	Waiting  int64  // jobs that are not done
	Rejected int64  // jobs in the archive of rejected jobs
	Files    string // glob pattern of the archives with the waiting jobs
}

// Leftover returns the queues that are not open and contain jobs.
func (d *Dir) Leftovers() ([]Leftover, error) {
	entries, err := d.disk.ReadDir(d.path)
	if err != nil {
		return nil, err
	}
	var list []Leftover
	for _, e := range entries {
		if !e.IsDir() || d.isOpen(e.Name()) {
			continue
		}
		l, err := d.inspect(e.Name())
		if err != nil {
			return list, err
		}
		if l.Waiting > 0 || l.Rejected > 0 {
			list = append(list, l)
		}
	}
	return list, nil
}

func (d *Dir) isOpen(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range d.open {
		if filepath.Base(q.path) == name {
			return true
		}
	}
	return false
}

func (d *Dir) inspect(name string) (Leftover, error) {
	path := filepath.Join(d.path, name)
	about, err := disk.ReadFile(d.disk, filepath.Join(path, aboutName), maxAbout)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Leftover{}, err
	}
	l := Leftover{Name: name, About: string(about), Files: filepath.Join(path, "0*"+segmentSuffix)}
	segments, err := listSegments(d.disk, path, loadProgress(d.disk, path))
	if err != nil {
		return l, err
	}
	for _, s := range segments {
		l.Waiting += s.records - s.done
	}
	l.Rejected, err = countRecords(d.disk, filepath.Join(path, rejectedName))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return l, err
}
