package spool

import (
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// rejects is the archive of jobs that cannot be delivered. Nothing removes them from it.
type rejects struct {
	disk disk.FS
	path string
	w    *archive.Writer
}

// Reject appends jobs to the archive of rejected jobs. If it returns nil, they are safe on disk; after an error it may be
// called again. It does not mark them as done.
func (q *Queue) Reject(records []archive.Record) error {
	if len(records) == 0 {
		return nil
	}
	if q.dir.full(records) {
		return ErrFull
	}
	q.put.Lock()
	defer q.put.Unlock()
	before := q.rejected.size()
	err := q.rejected.write(records)
	if err != nil {
		q.rejected.close()
	}
	q.dir.used.Add(q.rejected.size() - before)
	return err
}

// RejectedPath returns the path of the archive of rejected jobs. It does not exist before the first Reject.
func (q *Queue) RejectedPath() string { return q.rejected.path }

func (r *rejects) write(records []archive.Record) (err error) {
	if r.w == nil {
		if r.w, err = archive.Append(r.disk, r.path); err != nil {
			return err
		}
	}
	for i := range records {
		if err := r.w.Add(&records[i]); err != nil {
			return err
		}
	}
	if err := r.w.Sync(); err != nil {
		return err
	}
	r.w.Acknowledged(int64(len(records)))
	return nil
}

func (r *rejects) close() error {
	if r.w == nil {
		return nil
	}
	w := r.w
	r.w = nil
	return w.Close(time.Now())
}

func (r *rejects) size() int64 {
	info, err := r.disk.Stat(r.path)
	if err != nil {
		return 0
	}
	return info.Size()
}
