package spool

import (
	"errors"
	"fmt"
	"io"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// How many records, and how many bytes of their data, Next reads from disk at a time.
const (
	batchRecords = 500
	batchBytes   = 256 << 10
)

// cursor is the read position in a queue.
type cursor struct {
	segment     *segment // nil: none
	position    int64    // records of it that were taken
	reader      *archive.Reader
	readRecords int64 // records that reader has read
}

func (c *cursor) close() {
	if c.reader != nil {
		c.reader.Close()
	}
	c.reader = nil
}

// Next returns the next jobs, which belong to the caller, or none if there are no more; it does not wait for jobs. After an
// error it may be called again.
func (q *Queue) Next() ([]archive.Record, error) {
	q.mu.Lock()
	if len(q.memory) > 0 {
		records := q.memory
		q.memory, q.memorySize = nil, 0
		q.skip(int64(len(records)))
		q.mu.Unlock()
		return records, nil
	}
	if !q.nextOnDisk {
		q.mu.Unlock()
		return nil, nil
	}
	q.mu.Unlock()
	for {
		records, more, err := q.read()
		if len(records) > 0 || err != nil || !more {
			return records, err
		}
	}
}

// skip moves the cursor over n records that were returned from memory; q.mu is held.
func (q *Queue) skip(n int64) {
	for n > 0 {
		c := &q.reading
		step := min(n, c.segment.records-c.position)
		c.position += step
		n -= step
		if n > 0 && !q.advance() {
			return
		}
	}
}

// advance moves the cursor to the next segment and reports whether there is one; q.mu is held.
func (q *Queue) advance() bool {
	for i, s := range q.segments {
		if s == q.reading.segment && i+1 < len(q.segments) {
			q.reading.close()
			q.reading = cursor{segment: q.segments[i+1]}
			return true
		}
	}
	return false
}

// read reads the records at the cursor that are safe on disk. more is false at the end of the queue.
func (q *Queue) read() (records []archive.Record, more bool, err error) {
	q.mu.Lock()
	c, s := &q.reading, q.reading.segment
	if s == nil {
		q.nextOnDisk = false
		q.mu.Unlock()
		return nil, false, nil
	}
	limit := int64(-1)
	if s.exact {
		limit = s.records
	}
	q.readBusy = true
	q.mu.Unlock()

	records, end, damaged, err := c.read(q.dir.disk, limit)
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.reap()
	q.readBusy = false
	s.damaged += damaged
	q.damaged += damaged
	if err != nil {
		c.close()
		return nil, false, fmt.Errorf("read %s: %w", s.path, err)
	}
	c.position += int64(len(records))
	if end && !s.exact {
		q.waiting += c.position - s.records
		s.records, s.exact = c.position, true
	}
	if c.position < s.records || !s.exact {
		return records, true, nil
	}
	if !q.advance() {
		q.nextOnDisk = false
		return records, false, nil
	}
	return records, true, nil
}

// read reads records from position on, up to record number limit, or all if limit is negative. end reports whether the
// file has no more.
func (c *cursor) read(d disk.FS, limit int64) (records []archive.Record, end bool, damaged int64, err error) {
	if c.reader == nil {
		if c.reader, err = archive.Open(d, c.segment.path); err != nil {
			return nil, false, 0, err
		}
		c.readRecords = 0
	}
	for size := 0; len(records) < batchRecords && size < batchBytes; {
		if limit >= 0 && c.readRecords >= limit {
			return records, true, damaged, nil
		}
		record, err := c.reader.Next()
		var line *archive.LineError
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, archive.ErrTruncated):
			return records, true, damaged, nil
		case errors.As(err, &line):
			damaged++
			continue
		case err != nil:
			return nil, false, damaged, err
		}
		if c.readRecords++; c.readRecords > c.position {
			records = append(records, *record)
			size += len(record.Data)
		}
	}
	return records, false, damaged, nil
}
