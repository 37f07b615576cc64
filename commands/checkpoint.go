package commands

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gearctl/wire/archive"
)

// checkpoint is a file that says how far archives were replayed.
type checkpoint struct {
	path  string
	mu    sync.Mutex // guards all that follows
	saved time.Time
	V     int                        `json:"v"`
	Match string                     `json:"match,omitempty"` // which records were meant
	Files map[string]*checkpointFile `json:"files"`           // by absolute path
}

// checkpointFile is how far one archive was replayed. Done is its last line before which all are done; Also are later
// lines that are.
type checkpointFile struct {
	First string  `json:"first"` // of its first record, to recognise it
	Done  int64   `json:"done"`
	Also  []int64 `json:"also,omitempty"`

	before struct { // what was done when we began
		done int64
		also map[int64]bool
	}
	stuck bool // a line was refused: only single lines are done from now on
}

// checkpointEvery is how old a checkpoint on disk becomes.
const checkpointEvery = 100 * time.Millisecond

// loadCheckpoint reads a checkpoint, which need not be there yet, of a replay of the records that match says. An empty
// path is none: nothing is kept.
func loadCheckpoint(path, match string) (*checkpoint, error) {
	fresh := &checkpoint{path: path, V: archive.Version, Match: match, Files: map[string]*checkpointFile{}}
	if path == "" {
		return fresh, nil
	}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fresh, fresh.save()
	case err != nil:
		return nil, errorf("checkpoint: %w", err)
	}
	c := &checkpoint{path: path}
	if err := json.Unmarshal(b, c); err != nil || c.V != archive.Version || c.Files == nil {
		return nil, withHint(errorf("checkpoint %s: it is none", path), "name another file")
	}
	if c.Match != match {
		return nil, withHint(errorf("checkpoint %s: it is of a replay with other --match or --older-than", path), "name another file")
	}
	for _, f := range c.Files {
		f.begin()
	}
	return c, nil
}

// begin notes what is done already.
func (f *checkpointFile) begin() {
	f.before.done, f.before.also = f.Done, map[int64]bool{}
	for _, n := range f.Also {
		f.before.also[n] = true
	}
}

// file returns the entry of an archive, whose first record is r, making it when there is none.
func (c *checkpoint) file(path string, r *archive.Record) (*checkpointFile, error) {
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
		f = &checkpointFile{First: first}
		c.Files[abs] = f
	case f.First != first:
		return nil, withHint(errorf("%s: it is another archive than the checkpoint %s knows under this name", path, c.path), "name another --checkpoint")
	}
	return f, nil
}

// has reports whether a line was done before we began.
func (f *checkpointFile) has(line int64) bool { return line <= f.before.done || f.before.also[line] }

// accepted notes that a line is done, as those before it are; after a refusal only single lines are. It saves a
// checkpoint that has become old.
func (c *checkpoint) accepted(at position, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := at.file; f.stuck {
		f.Also = append(f.Also, at.line)
	} else {
		f.Done = at.line
		f.Also = slices.DeleteFunc(f.Also, func(n int64) bool { return n <= at.line })
	}
	if now.Sub(c.saved) < checkpointEvery {
		return nil
	}
	c.saved = now
	return c.write()
}

// refused notes that a line is not done.
func (c *checkpoint) refused(at position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at.file.stuck = true
}

// save writes the checkpoint.
func (c *checkpoint) save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write()
}

// write writes the checkpoint, whole or not at all.
func (c *checkpoint) write() error {
	if c.path == "" {
		return nil
	}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	tmp := c.path + ".new"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return errorf("checkpoint: %w", err)
	}
	if err := os.Rename(tmp, c.path); err != nil {
		return errorf("checkpoint: %w", err)
	}
	return nil
}
