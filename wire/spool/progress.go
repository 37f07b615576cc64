package spool

import (
	"encoding/json"
	"path/filepath"
	"time"

	"gearctl/wire/disk"
)

const progressName = "progress"

// maxProgress bounds what is read of such a file, in bytes.
const maxProgress = 4 << 10

// progressEvery is how old the progress on disk becomes: so much of what was done is done again after a crash.
const progressEvery = 200 * time.Millisecond

// progress is a file that says how far a queue is done: all of the segments before Segment, and Done records of that.
// After a loss of power it may be an older one, which makes no difference but that more is done again.
type progress struct {
	V       int   `json:"v"`
	Segment int64 `json:"segment"`
	Done    int64 `json:"done"`
}

// loadProgress returns the progress of a queue; one that cannot be read is none.
func loadProgress(d disk.FS, dir string) progress {
	b, err := disk.ReadFile(d, filepath.Join(dir, progressName), maxProgress)
	var p progress
	if err != nil || json.Unmarshal(b, &p) != nil || p.V != 1 || p.Segment < 0 || p.Done < 0 {
		return progress{}
	}
	return p
}

// save replaces the progress on disk, whole or not at all. After a loss of power the one before may be there.
func (p progress) save(d disk.FS, dir string) error {
	p.V = 1
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, progressName)
	if err := disk.WriteSynced(d, path+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return d.Rename(path+".new", path)
}
