package spool

import (
	"errors"
	"fmt"
	"io"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// readMax is how many records Next reads from disk at a time, and how many bytes of their data.
const (
	readMax     = 500
	readMaxSize = 256 << 10
)

// cursor is how far a queue was taken out.
type cursor struct {
	segment  *segment // nil: there is none
	position int64    // records of it that were taken
	r        *archive.Reader
	at       int64 // records that r has read
}

func (c *cursor) close() {
	if c.r != nil {
		c.r.Close()
	}
	c.r = nil
}

// Next returns the next jobs, which are the caller's, without waiting: none when all was taken. It is called again after
// an error.
func (q *Queue) Next() ([]archive.Record, error) {
	q.mu.Lock()
	if len(q.memory) > 0 {
		records := q.memory
		q.memory, q.size = nil, 0
		q.skip(int64(len(records)))
		q.mu.Unlock()
		return records, nil
	}
	if !q.behind {
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

// skip moves the cursor over n records that were taken from memory; q.mu is held.
func (q *Queue) skip(n int64) {
	for n > 0 {
		c := &q.reading
		step := min(n, c.segment.counted-c.position)
		c.position += step
		n -= step
		if n > 0 && !q.advance() {
			return
		}
	}
}

// advance moves the cursor to the next segment, if there is one; q.mu is held.
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

// read reads from the segment at the cursor up to what is safe there. more is false when all was taken.
func (q *Queue) read() (records []archive.Record, more bool, err error) {
	q.mu.Lock()
	c, s := &q.reading, q.reading.segment
	if s == nil {
		q.behind = false
		q.mu.Unlock()
		return nil, false, nil
	}
	limit := int64(-1)
	if s.whole {
		limit = s.counted
	}
	q.busy = true
	q.mu.Unlock()

	records, end, damaged, err := c.read(q.dir.disk, limit)
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.reap()
	q.busy = false
	s.damaged += damaged
	q.damaged += damaged
	if err != nil {
		c.close()
		return nil, false, fmt.Errorf("read %s: %w", s.path, err)
	}
	c.position += int64(len(records))
	if end && !s.whole {
		q.waiting += c.position - s.counted
		s.counted, s.whole = c.position, true
	}
	if c.position < s.counted || !s.whole {
		return records, true, nil
	}
	if !q.advance() {
		q.behind = false
		return records, false, nil
	}
	return records, true, nil
}

// read reads some records behind the position, none over limit unless that is negative. end says that there are no more
// in the file.
func (c *cursor) read(d disk.FS, limit int64) (records []archive.Record, end bool, damaged int64, err error) {
	if c.r == nil {
		if c.r, err = archive.Open(d, c.segment.path); err != nil {
			return nil, false, 0, err
		}
		c.at = 0
	}
	for size := 0; len(records) < readMax && size < readMaxSize; {
		if limit >= 0 && c.at >= limit {
			return records, true, damaged, nil
		}
		record, err := c.r.Next()
		var line *archive.LineError
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, archive.ErrCut):
			return records, true, damaged, nil
		case errors.As(err, &line):
			damaged++
			continue
		case err != nil:
			return nil, false, damaged, err
		}
		if c.at++; c.at > c.position {
			records = append(records, *record)
			size += len(record.Data)
		}
	}
	return records, false, damaged, nil
}
