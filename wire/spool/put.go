package spool

import (
	"errors"
	"os"
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// Put appends jobs. If it returns nil, they are safe on disk, and the queue owns records and their data. If it returns an
// error, none of them is in the queue, and Put may be called again. The error is ErrFull if the directory has reached its
// limit.
func (q *Queue) Put(records []archive.Record) error {
	if len(records) == 0 {
		return nil
	}
	q.put.Lock()
	if q.w != nil && q.writing.bytes >= q.dir.segmentSize() {
		q.closeSegment()
	}
	q.put.Unlock()
	if q.dir.full(records) {
		return ErrFull
	}
	q.put.Lock()
	defer q.put.Unlock()
	size, err := q.write(records)
	if err != nil {
		q.abortSegment()
		return err
	}
	q.publish(records, size)
	return nil
}

// write writes records, syncs them to disk and returns the size of the file.
func (q *Queue) write(records []archive.Record) (size int64, err error) {
	if q.w == nil {
		if err := q.createSegment(); err != nil {
			return 0, err
		}
	}
	for i := range records {
		if err := q.w.Add(&records[i]); err != nil {
			return 0, err
		}
	}
	if err := q.w.Sync(); err != nil {
		return 0, err
	}
	q.w.Acknowledged(int64(len(records)))
	info, err := q.dir.disk.Stat(q.writing.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// createSegment creates the next segment.
func (q *Queue) createSegment() (err error) {
	q.mu.Lock()
	q.lastNumber++
	s := &segment{number: q.lastNumber, path: segmentPath(q.path, q.lastNumber), growing: true, exact: true}
	q.mu.Unlock()
	if q.w, err = archive.Create(q.dir.disk, s.path); err != nil {
		return err
	}
	q.writing = s
	q.mu.Lock()
	defer q.mu.Unlock()
	q.segments = append(q.segments, s)
	if q.reading.segment == nil {
		q.reading = cursor{segment: s}
	}
	return nil
}

// publish makes records, which are safe on disk, available to Next.
func (q *Queue) publish(records []archive.Record, size int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dir.used.Add(size - q.writing.bytes)
	q.writing.bytes = size
	q.writing.records += int64(len(records))
	if q.waiting == 0 {
		q.since = time.Now()
	}
	q.waiting += int64(len(records))
	var cost int64
	for i := range records {
		cost += int64(len(records[i].Data)) + recordCost
	}
	switch {
	case q.nextOnDisk || q.memorySize > 0 && q.memorySize+cost > memoryMax:
		q.nextOnDisk = true
	case len(q.memory) == 0:
		q.memory, q.memorySize = records, cost
	default:
		q.memory, q.memorySize = append(q.memory, records...), q.memorySize+cost
	}
	q.signal()
}

// closeSegment closes the segment that is being written, if any. It is removed once all its jobs are done. The jobs were
// safe before, so Save reports errors of the trailer.
func (q *Queue) closeSegment() {
	if q.w == nil {
		return
	}
	if err := q.w.Close(time.Now()); err != nil {
		q.truncateSegment(err)
		return
	}
	info, err := q.dir.disk.Stat(q.writing.path)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail(err)
	if err == nil {
		q.dir.used.Add(info.Size() - q.writing.bytes)
		q.writing.bytes = info.Size()
	}
	q.segmentDone()
}

// abortSegment closes the segment that is being written and truncates what is not safe.
func (q *Queue) abortSegment() {
	if q.w == nil {
		return
	}
	q.w.Close(time.Now()) // Put returned its error
	q.truncateSegment(nil)
}

// truncateSegment truncates a closed segment to its safe records. Save reports err.
func (q *Queue) truncateSegment(err error) {
	cut := truncate(q.dir.disk, q.writing.path, q.writing.bytes)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail(errors.Join(err, cut))
	q.segmentDone()
}

// truncate cuts a file off, also for after a crash: Put has refused the jobs that were there.
func truncate(d disk.FS, path string, size int64) error {
	f, err := d.Open(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

// segmentDone ends writing to a segment; q.mu is held.
func (q *Queue) segmentDone() {
	q.writing.growing = false
	q.w, q.writing = nil, nil
	q.reap()
}
