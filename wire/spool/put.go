package spool

import (
	"errors"
	"os"
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// Put adds jobs at the end. When it returns nil they are on disk, and the queue owns records and what they point to.
// Else none of them is in the queue, and Put may be called again. The error is ErrFull when the directory has reached
// its limit.
func (q *Queue) Put(records []archive.Record) error {
	if len(records) == 0 {
		return nil
	}
	q.put.Lock()
	if q.w != nil && q.writing.bytes >= q.dir.segmentSize() {
		q.finishWriting()
	}
	q.put.Unlock()
	if q.dir.full(records) {
		return ErrFull
	}
	q.put.Lock()
	defer q.put.Unlock()
	size, err := q.write(records)
	if err != nil {
		q.giveUpWriting()
		return err
	}
	q.publish(records, size)
	return nil
}

// write returns when records are on disk, and how large the file is.
func (q *Queue) write(records []archive.Record) (size int64, err error) {
	if q.w == nil {
		if err := q.beginWriting(); err != nil {
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

// beginWriting makes the next segment.
func (q *Queue) beginWriting() (err error) {
	q.mu.Lock()
	q.last++
	s := &segment{number: q.last, path: segmentPath(q.path, q.last), growing: true, whole: true}
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

// publish makes records known to Next: they are on disk.
func (q *Queue) publish(records []archive.Record, size int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dir.used.Add(size - q.writing.bytes)
	q.writing.bytes = size
	q.writing.counted += int64(len(records))
	if q.waiting == 0 {
		q.since = time.Now()
	}
	q.waiting += int64(len(records))
	var cost int64
	for i := range records {
		cost += int64(len(records[i].Data)) + recordCost
	}
	switch {
	case q.behind || q.size > 0 && q.size+cost > memoryMax:
		q.behind = true
	case len(q.memory) == 0:
		q.memory, q.size = records, cost
	default:
		q.memory, q.size = append(q.memory, records...), q.size+cost
	}
	q.signal()
}

// finishWriting closes the segment that is being written, if there is one. It is gone when all in it is done. What was
// put was safe before, so an error of the trailer is for Save to report.
func (q *Queue) finishWriting() {
	if q.w == nil {
		return
	}
	if err := q.w.Close(time.Now()); err != nil {
		q.cutOff(err)
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
	q.wrote()
}

// giveUpWriting closes the segment that is being written and cuts off what is not safe in it.
func (q *Queue) giveUpWriting() {
	if q.w == nil {
		return
	}
	q.w.Close(time.Now()) // its error is that of Put, after which it only closes
	q.cutOff(nil)
}

// cutOff ends a segment, which is closed, where what is safe in it ends. err is for Save to report.
func (q *Queue) cutOff(err error) {
	cut := truncate(q.dir.disk, q.writing.path, q.writing.bytes)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail(errors.Join(err, cut))
	q.wrote()
}

func truncate(d disk.FS, path string, size int64) error {
	f, err := d.Open(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}

// wrote ends the writing of a segment; q.mu is held.
func (q *Queue) wrote() {
	q.writing.growing = false
	q.w, q.writing = nil, nil
	q.reap()
}
