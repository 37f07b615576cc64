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

// checkpoint is a file that says how far archives were replayed.
type checkpoint struct {
	disk    disk.FS
	path    string
	mu      sync.Mutex // guards all that follows
	saved   time.Time
	unsaved int                  // jobs since
	V       int                  `json:"v"`
	Match   string               `json:"match,omitempty"` // which records were meant
	To      string               `json:"to,omitempty"`    // where they went
	Files   map[string]*progress `json:"files"`           // by absolute path
}

// progress is how far one archive was replayed: up to a line all are done, of the later ones some.
type progress struct {
	First string     `json:"first"`          // of its first record, to recognise it
	Done  int64      `json:"done"`           // up to this line all is done
	Sent  int64      `json:"sent,omitempty"` // up to this line something may have been submitted
	Also  [][2]int64 `json:"also,omitempty"` // from one line to another, in their order

	before *progress // what was done when we began
	gap    bool      // a line was not done: only ranges are from now on
}

// How old a checkpoint on disk becomes: what was accepted since is submitted twice after a crash.
const (
	checkpointEvery = 100 * time.Millisecond
	checkpointJobs  = 1000
)

// knows reports whether something of an archive may be done.
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

// has reports whether a line was done before we began.
func (f *progress) has(line int64) bool {
	return line <= f.before.Done || slices.ContainsFunc(f.before.Also, func(r [2]int64) bool { return r[0] <= line && line <= r[1] })
}

// add notes that a line is done, as are those before it unless one of them was not.
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

// setTarget notes where the records go. It refuses a checkpoint whose records went elsewhere.
func (c *checkpoint) setTarget(target string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.To != "" && c.To != target {
		return cmderr.WithHint(cmderr.Errorf("checkpoint %s: its jobs were sent to %s, not to %s", c.path, c.To, target), "use another --checkpoint, or that server and queue")
	}
	c.To = target
	return nil
}

// submitAhead is how many lines a checkpoint says beforehand to be submitted.
const submitAhead = 4 * checkpointJobs

// beforeSubmit notes, before it is, that a line may be submitted: after a crash nobody knows.
func (c *checkpoint) beforeSubmit(at position) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.line <= at.file.Sent {
		return nil
	}
	at.file.Sent = at.line + submitAhead
	return c.write()
}

// maybeSubmitted reports whether a line may have been submitted by a run that was killed.
func (at position) maybeSubmitted() bool { return at.line <= at.file.before.Sent }

// allAnswered notes that every answer came: nothing is in doubt any more.
func (c *checkpoint) allAnswered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.Files {
		f.Sent = 0
	}
}

// markDone notes that a line is done. It saves a checkpoint that has become old.
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

// skip notes that a line is not done.
func (c *checkpoint) skip(at position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at.file.gap = true
}
