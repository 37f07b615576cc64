package spool

import (
	"encoding/json"
	"path/filepath"
	"time"

	"gearctl/wire/disk"
)

const progressName = "progress"

// maxProgress limits the size of a progress file, in bytes.
const maxProgress = 4 << 10

// saveInterval is the most time between saves of the progress. After a crash, jobs done since the last save are repeated.
const saveInterval = 200 * time.Millisecond

// progress is the contents of a file: all segments before Segment are done, and Done records of Segment.
type progress struct {
	V       int   `json:"v"`
	Segment int64 `json:"segment"`
	Done    int64 `json:"done"`
}

// loadProgress returns the progress of a queue, or the zero progress if it cannot be read.
func loadProgress(d disk.FS, dir string) progress {
	b, err := disk.ReadFile(d, filepath.Join(dir, progressName), maxProgress)
	var p progress
	if err != nil || json.Unmarshal(b, &p) != nil || p.V != 1 || p.Segment < 0 || p.Done < 0 {
		return progress{}
	}
	return p
}

// save replaces the file atomically. Once it returns nil the new contents survive a crash.
func (p progress) save(d disk.FS, dir string) error {
	p.V = 1
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return disk.Replace(d, filepath.Join(dir, progressName), progressName+".new", append(b, '\n'), 0o600)
}
