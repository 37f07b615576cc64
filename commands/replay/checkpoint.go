package replay

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// checkpoint is a file that records how far archives were replayed.
type checkpoint struct {
	disk    disk.FS
	path    string
	mu      sync.Mutex // guards all that follows
	saved   time.Time
	unsaved int                  // jobs accepted since
	V       int                  `json:"v"`
	Match   string               `json:"match,omitempty"` // which records were selected
	To      string               `json:"to,omitempty"`    // where they went
	Files   map[string]*progress `json:"files"`           // by absolute path
}

// progress is how far one archive was replayed: all lines up to Done, and some later ones.
type progress struct {
	First string     `json:"first"`          // of its first record, to recognise it
	Done  int64      `json:"done"`           // all lines up to this one are done
	Sent  int64      `json:"sent,omitempty"` // up to this line something may have been submitted
	Also  [][2]int64 `json:"also,omitempty"` // ranges of done lines, in order

	before *progress // the progress of earlier runs
	gap    bool      // a line was not done: later ones go to Also
	read   int64     // the last line that this run read
	ended  bool      // it is the last one of the archive
}

// How old a checkpoint on disk may become: jobs accepted since are submitted twice after a crash.
const (
	checkpointEvery = 100 * time.Millisecond
	checkpointJobs  = 1000
)

// knows reports whether lines of an archive may be done.
func (c *checkpoint) knows(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && c.Files[abs] != nil
}

// file returns the entry of an archive, whose first record is r, making it when there is none.
func (c *checkpoint) file(path string, r *archive.Record) (*progress, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(archive.AppendRecord(nil, r))
	first := hex.EncodeToString(sum[:8])
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.Files[abs]
	switch {
	case f == nil:
		f = &progress{First: first}
		f.begin()
		c.Files[abs] = f
	case f.First != first:
		return nil, cmderr.WithHint(cmderr.Errorf("%s: the archive is not the one that checkpoint %s was made for", path, c.path), "use another --checkpoint file")
	}
	return f, nil
}

// has reports whether a line was done by an earlier run.
func (f *progress) has(line int64) bool {
	return line <= f.before.Done || slices.ContainsFunc(f.before.Also, func(r [2]int64) bool { return r[0] <= line && line <= r[1] })
}

// add marks a line as done.
func (f *progress) add(line int64) {
	if !f.gap {
		f.Done = line
		f.Also = slices.DeleteFunc(f.Also, func(r [2]int64) bool { return r[1] <= line })
		return
	}
	i, _ := slices.BinarySearchFunc(f.Also, line, func(r [2]int64, n int64) int { return cmp.Compare(r[1], n) })
	switch {
	case i < len(f.Also) && f.Also[i][0] <= line:
	case i > 0 && f.Also[i-1][1] == line-1:
		f.Also[i-1][1] = line
	default:
		f.Also = slices.Insert(f.Also, i, [2]int64{line, line})
	}
}

// setTarget records where the jobs go. It refuses a checkpoint whose jobs went elsewhere.
func (c *checkpoint) setTarget(target string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.To != "" && c.To != target {
		return cmderr.WithHint(cmderr.Errorf("checkpoint %s: its jobs were sent to %s, not to %s", c.path, c.To, target), "use another --checkpoint, or that server and queue")
	}
	c.To = target
	return nil
}

// submitAhead is how many lines a checkpoint marks in advance as possibly submitted.
const submitAhead = 4 * checkpointJobs

// beforeSubmit marks a line as possibly submitted, in case of a crash.
func (c *checkpoint) beforeSubmit(at position) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.line <= at.file.Sent {
		return nil
	}
	at.file.Sent = at.line + submitAhead
	return c.write()
}

// maybeSubmitted reports whether a line may have been submitted by a killed run.
func (at position) maybeSubmitted() bool { return at.line <= at.file.before.Sent }

// allAnswered records that every answer arrived: only what a killed run may have submitted and this one did not submit
// again is still in doubt.
func (c *checkpoint) allAnswered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.Files {
		f.Sent = f.before.Sent
		if f.ended {
			f.Sent = min(f.Sent, f.read)
		}
		if f.Sent <= f.Done {
			f.Sent = 0
		}
	}
}

// markDone marks a line as done, and saves the checkpoint if it has become old.
func (c *checkpoint) markDone(at position, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at.file.add(at.line)
	c.unsaved++
	if c.unsaved < checkpointJobs && now.Sub(c.saved) < checkpointEvery {
		return nil
	}
	c.saved, c.unsaved = now, 0
	return c.write()
}

// skip marks a line as not done.
func (c *checkpoint) skip(at position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at.file.gap = true
}
