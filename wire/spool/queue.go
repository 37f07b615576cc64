package spool

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// memoryMax is how many bytes of jobs a queue also keeps in memory for Next. Jobs beyond it are read back from disk.
const memoryMax = 1 << 20

// recordCost is the approximate overhead of a record in memory and on disk, in bytes.
const recordCost = 256

// Queue is a queue of jobs on disk. One goroutine may call Put and Reject, and another Next; the other methods are safe for
// concurrent use.
type Queue struct {
	dir  *Dir
	path string

	put      sync.Mutex // guards what follows
	w        *archive.Writer
	writing  *segment // w's
	rejected rejects

	mu         sync.Mutex // guards what follows; locked after put
	segments   []*segment // oldest first
	lastNumber int64      // highest number ever used
	memory     []archive.Record
	memorySize int64 // bytes in memory
	nextOnDisk bool  // the next jobs are on disk only
	reading    cursor
	readBusy   bool // Next is reading the file at the cursor
	waiting    int64
	since      time.Time // when the queue was last empty
	damaged    int64
	saved      time.Time
	dirty      bool // progress is not saved
	failed     error
	ready      chan struct{}
}

// Queue opens a queue, and creates it if it does not exist. about is stored with it, to tell people what it is for.
func (d *Dir) Queue(name, about string) (*Queue, error) {
	q := &Queue{dir: d, path: filepath.Join(d.path, name), ready: make(chan struct{}, 1)}
	if err := disk.MakePrivate(d.disk, q.path); err != nil {
		return nil, err
	}
	if err := q.describe(about + "\n"); err != nil {
		return nil, err
	}
	q.rejected = rejects{disk: d.disk, path: filepath.Join(q.path, rejectedName)}
	if err := q.load(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = append(d.open, q)
	return q, nil
}

// describe stores about, unless it is stored already.
func (q *Queue) describe(about string) error {
	path := filepath.Join(q.path, aboutName)
	if b, err := disk.ReadFile(q.dir.disk, path, maxAbout); err == nil && string(b) == about {
		return nil
	}
	return disk.Replace(q.dir.disk, path, aboutName+".new", []byte(about), 0o600)
}

// load loads the jobs of an earlier process.
func (q *Queue) load() (err error) {
	p := loadProgress(q.dir.disk, q.path)
	if q.segments, err = listSegments(q.dir.disk, q.path, p); err != nil {
		return err
	}
	q.lastNumber = p.Segment
	for _, s := range q.segments {
		q.lastNumber = max(q.lastNumber, s.number)
		q.waiting += s.records - s.done
		q.dir.used.Add(s.bytes)
	}
	q.dir.used.Add(q.rejected.size())
	q.nextOnDisk = len(q.segments) > 0
	if q.nextOnDisk {
		q.reading = cursor{segment: q.segments[0], position: q.segments[0].done}
		q.since = time.Now()
		q.signal()
	}
	return nil
}

// Waiting returns how many jobs are not done, and since when the queue has not been empty.
func (q *Queue) Waiting() (n int64, since time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting, q.since
}

// Damaged returns how many records could not be read. Their files are kept, with the suffix .damaged.
func (q *Queue) Damaged() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.damaged
}

// Ready returns a channel that receives a value after jobs were put.
func (q *Queue) Ready() <-chan struct{} { return q.ready }

func (q *Queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// Done marks the next n jobs that Next returned, in that order, as done. It does not wait for the disk to sync.
func (q *Queue) Done(n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting -= n
	q.dirty = q.dirty || n > 0
	for n > 0 && len(q.segments) > 0 {
		s := q.segments[0]
		step := n
		if s.exact {
			step = min(n, s.records-s.done)
		}
		s.done += step
		n -= step
		if !q.reapFirst() && step == 0 {
			break
		}
	}
	if now := time.Now(); now.Sub(q.saved) >= saveInterval {
		q.save(now)
	}
}

// reap removes finished segments; q.mu is held.
func (q *Queue) reap() {
	for q.reapFirst() {
	}
}

// reapFirst removes the oldest segment if it is finished, and reports whether it did; q.mu is held.
func (q *Queue) reapFirst() bool {
	if len(q.segments) == 0 || !q.segments[0].finished() {
		return false
	}
	s := q.segments[0]
	if q.reading.segment == s && q.readBusy {
		return false // read reaps it
	}
	if q.reading.segment == s && !q.advance() {
		q.reading.close()
		q.reading = cursor{}
	}
	q.fail(s.remove(q.dir.disk))
	q.segments = slices.Delete(q.segments, 0, 1)
	q.dir.used.Add(-s.bytes)
	q.dirty = q.dirty || s.done > 0 // a full disk has no room to say that an empty segment is gone
	return true
}

// Save saves which jobs are done, for a later process. It also returns the first error, since the last call, of removing or
// closing files in the background.
func (q *Queue) Save() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.dirty {
		q.save(time.Now())
	}
	err := q.failed
	q.failed = nil
	return err
}

// save saves the progress; q.mu is held.
func (q *Queue) save(now time.Time) {
	p := progress{Segment: q.lastNumber + 1}
	if len(q.segments) > 0 {
		p = progress{Segment: q.segments[0].number, Done: q.segments[0].done}
	}
	q.saved = now
	if err := p.save(q.dir.disk, q.path); err != nil {
		q.fail(err)
		return
	}
	q.dirty = false
}

// fail keeps the first background error for Save; q.mu is held.
func (q *Queue) fail(err error) {
	if q.failed == nil {
		q.failed = err
	}
}

// closeIfDone closes the segment that is being written, so that it can be removed, if all jobs are done.
func (q *Queue) closeIfDone() {
	if !q.put.TryLock() {
		return
	}
	defer q.put.Unlock()
	if n, _ := q.Waiting(); n == 0 {
		q.closeSegment()
	}
}

// Close closes the queue while its directory stays open, and saves its progress. Nothing may use it afterwards; Dir.Queue opens
// it again, with the jobs that are not done.
func (q *Queue) Close() error {
	d := q.dir
	d.mu.Lock()
	d.open = slices.DeleteFunc(slices.Clone(d.open), func(o *Queue) bool { return o == q })
	d.mu.Unlock()
	err := q.close()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range q.segments {
		d.used.Add(-s.bytes)
	}
	d.used.Add(-q.rejected.size())
	return err
}

// close closes the queue and saves its progress.
func (q *Queue) close() error {
	q.put.Lock()
	defer q.put.Unlock()
	q.closeSegment()
	errs := []error{q.rejected.close()}
	q.mu.Lock()
	q.dirty = true
	q.reading.close()
	q.mu.Unlock()
	return errors.Join(append(errs, q.Save())...)
}
