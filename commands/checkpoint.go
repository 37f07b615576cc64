package commands

import (
	"cmp"
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

	"golang.org/x/sys/unix"

	"gearctl/wire/archive"
)

// checkpoint is a file that says how far archives were replayed.
type checkpoint struct {
	path    string
	mu      sync.Mutex // guards all that follows
	saved   time.Time
	unsaved int                        // jobs since
	V       int                        `json:"v"`
	Match   string                     `json:"match,omitempty"` // which records were meant
	To      string                     `json:"to,omitempty"`    // where they went
	Files   map[string]*checkpointFile `json:"files"`           // by absolute path
}

// checkpointFile is how far one archive was replayed: up to a line all are done, of the later ones some.
type checkpointFile struct {
	First string     `json:"first"`          // of its first record, to recognise it
	Done  int64      `json:"done"`           // up to this line all is done
	Sent  int64      `json:"sent,omitempty"` // up to this line something may have been submitted
	Also  [][2]int64 `json:"also,omitempty"` // from one line to another, in their order

	before *checkpointFile // what was done when we began
	stuck  bool            // a line was not done: only ranges are from now on
}

// How old a checkpoint on disk becomes: what was accepted since is submitted twice after a crash.
const (
	checkpointEvery = 100 * time.Millisecond
	checkpointJobs  = 1000
)

// loadCheckpoint reads a checkpoint, which need not be there yet, of a replay of the records that match says. An empty
// path is none: nothing is kept.
func loadCheckpoint(path, match string, dryRun bool) (*checkpoint, error) {
	fresh := &checkpoint{path: path, V: archive.Version, Match: match, Files: map[string]*checkpointFile{}}
	if path == "" {
		return fresh, nil
	}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && dryRun, err == nil && len(b) == 0:
		return fresh, nil
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

// knows reports whether something of an archive may be done.
func (c *checkpoint) knows(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && c.Files[abs] != nil
}

// begin notes what is done already.
func (f *checkpointFile) begin() {
	f.before = &checkpointFile{Done: f.Done, Sent: f.Sent, Also: slices.Clone(f.Also)}
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
		f.begin()
		c.Files[abs] = f
	case f.First != first:
		return nil, withHint(errorf("%s: it is another archive than the checkpoint %s knows under this name", path, c.path), "name another --checkpoint")
	}
	return f, nil
}

// has reports whether a line was done before we began.
func (f *checkpointFile) has(line int64) bool {
	return line <= f.before.Done || slices.ContainsFunc(f.before.Also, func(r [2]int64) bool { return r[0] <= line && line <= r[1] })
}

// add notes that a line is done, as are those before it unless one of them was not.
func (f *checkpointFile) add(line int64) {
	if !f.stuck {
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

// goesTo notes where the records go. It refuses a checkpoint whose records went elsewhere.
func (c *checkpoint) goesTo(target string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.To != "" && c.To != target {
		return withHint(errorf("checkpoint %s: its jobs went to %s, not to %s", c.path, c.To, target), "name another --checkpoint, or that server and queue")
	}
	c.To = target
	return nil
}

// sendAhead is how many lines a checkpoint says beforehand to be submitted.
const sendAhead = 4 * checkpointJobs

// sending notes, before it is, that a line may be submitted: after a crash nobody knows.
func (c *checkpoint) sending(at position) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.line <= at.file.Sent {
		return nil
	}
	at.file.Sent = at.line + sendAhead
	return c.write()
}

// maybe reports whether a line may have been submitted by a run that was killed.
func (at position) maybe() bool { return at.line <= at.file.before.Sent }

// ended notes that every answer came: nothing is in doubt any more.
func (c *checkpoint) ended() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.Files {
		f.Sent = 0
	}
}

// accepted notes that a line is done. It saves a checkpoint that has become old.
func (c *checkpoint) accepted(at position, now time.Time) error {
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

// left notes that a line is not done.
func (c *checkpoint) left(at position) {
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
	if err := writeSynced(tmp, append(b, '\n')); err != nil {
		return errorf("checkpoint: %w", err)
	}
	if err := os.Rename(tmp, c.path); err != nil {
		return errorf("checkpoint: %w", err)
	}
	return nil
}

// writeSynced writes a file that survives a crash of the machine.
func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// lock keeps another replay from using the checkpoint. unlock ends it.
func (c *checkpoint) lock() (unlock func(), err error) {
	if c.path == "" {
		return func() {}, nil
	}
	f, err := os.OpenFile(c.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errorf("checkpoint: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		f.Close()
		return nil, errorf("checkpoint %s: another replay is using it", c.path)
	}
	return func() {
		os.Remove(f.Name()) // before it is unlocked, or another's would go
		f.Close()
	}, nil
}
