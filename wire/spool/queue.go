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

// memoryMax is how much of what was put a queue also keeps in memory for who takes it out, in bytes. The rest is read
// from disk.
const memoryMax = 1 << 20

// recordCost is what a record takes in memory, and about on disk, besides its data.
const recordCost = 256

// Queue is a queue of jobs on disk. Put and Reject are for one goroutine, Next and Ready for another; Done, Save and the
// others may be called by any.
type Queue struct {
	dir  *Dir
	path string

	put      sync.Mutex // guards what follows
	w        *archive.Writer
	writing  *segment // w's
	rejected rejects

	mu       sync.Mutex // guards what follows; taken after put
	segments []*segment // oldest first; those before reading and with it are being done
	last     int64      // number of the newest there ever was
	memory   []archive.Record
	size     int64 // of memory
	behind   bool  // what comes next is on disk only
	reading  cursor
	busy     bool // who takes out reads from the file at the cursor
	waiting  int64
	since    time.Time // since when something waits
	damaged  int64
	saved    time.Time
	dirty    bool // done is not saved
	failed   error
	ready    chan struct{}
}

// Queue opens a queue, which is made when it is not there. about says what it is for, to a person who finds it.
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

// describe writes what a queue is for, unless it is written there.
func (q *Queue) describe(about string) error {
	path := filepath.Join(q.path, aboutName)
	if b, err := disk.ReadFile(q.dir.disk, path, maxAbout); err == nil && string(b) == about {
		return nil
	}
	return disk.Replace(q.dir.disk, path, aboutName+".new", []byte(about), 0o600)
}

// load finds what an earlier process left.
func (q *Queue) load() (err error) {
	p := loadProgress(q.dir.disk, q.path)
	if q.segments, err = listSegments(q.dir.disk, q.path, p); err != nil {
		return err
	}
	q.last = p.Segment
	for _, s := range q.segments {
		q.last = max(q.last, s.number)
		q.waiting += s.counted - s.done
		q.dir.used.Add(s.bytes)
	}
	q.dir.used.Add(q.rejected.size())
	q.behind = len(q.segments) > 0
	if q.behind {
		q.reading = cursor{segment: q.segments[0], position: q.segments[0].done}
		q.since = time.Now()
		q.signal()
	}
	return nil
}

// Waiting returns how many jobs were put and are not done, and since when there were some.
func (q *Queue) Waiting() (n int64, since time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting, q.since
}

// Damaged returns how many lines could not be read. Their files are kept.
func (q *Queue) Damaged() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.damaged
}

// Ready returns a channel that gets a token after something was put.
func (q *Queue) Ready() <-chan struct{} { return q.ready }

func (q *Queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// Done says that the next n of the jobs that Next returned have come to their end.
func (q *Queue) Done(n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting -= n
	q.dirty = q.dirty || n > 0
	for n > 0 && len(q.segments) > 0 {
		s := q.segments[0]
		step := n
		if s.whole {
			step = min(n, s.counted-s.done)
		}
		s.done += step
		n -= step
		if !q.reapFirst() && step == 0 {
			break
		}
	}
	if now := time.Now(); now.Sub(q.saved) >= progressEvery {
		q.save(now)
	}
}

// reap removes what is finished; q.mu is held.
func (q *Queue) reap() {
	for q.reapFirst() {
	}
}

// reapFirst removes the oldest segment when it is finished, and reports whether it was; q.mu is held.
func (q *Queue) reapFirst() bool {
	if len(q.segments) == 0 || !q.segments[0].finished() {
		return false
	}
	s := q.segments[0]
	if q.reading.segment == s && q.busy {
		return false // read does it
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

// Save makes the progress known to a later process.
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

// save writes the progress; q.mu is held.
func (q *Queue) save(now time.Time) {
	p := progress{Segment: q.last + 1}
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

// fail keeps the first error of something that nobody waits for; q.mu is held.
func (q *Queue) fail(err error) {
	if q.failed == nil {
		q.failed = err
	}
}

// trim lets go of a file that is being written when all in it is done.
func (q *Queue) trim() {
	if !q.put.TryLock() {
		return
	}
	defer q.put.Unlock()
	if n, _ := q.Waiting(); n == 0 {
		q.finishWriting()
	}
}

// close makes all safe for a later process.
func (q *Queue) close() error {
	q.put.Lock()
	defer q.put.Unlock()
	q.finishWriting()
	errs := []error{q.rejected.close()}
	q.mu.Lock()
	q.dirty = true
	q.reading.close()
	q.mu.Unlock()
	return errors.Join(append(errs, q.Save())...)
}
