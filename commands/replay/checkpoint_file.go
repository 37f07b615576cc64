package replay

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// maxCheckpoint bounds a checkpoint, in bytes.
const maxCheckpoint = 64 << 20

// openCheckpoint locks and loads the checkpoint of a replay of the records that match describes, and creates one that does
// not exist. unlock ends the lock. A dry run only reads. With an empty path nothing is kept.
func openCheckpoint(d disk.FS, path, match string, dryRun bool) (c *checkpoint, unlock func(), err error) {
	unlock = func() {}
	if path != "" && !dryRun {
		if unlock, err = lockCheckpoint(d, path); err != nil {
			return nil, nil, err
		}
	}
	if c, err = loadCheckpoint(d, path, match, dryRun); err != nil {
		unlock()
		return nil, nil, err
	}
	return c, unlock, nil
}

// loadCheckpoint is openCheckpoint without the lock, which the caller holds.
func loadCheckpoint(d disk.FS, path, match string, dryRun bool) (*checkpoint, error) {
	fresh := &checkpoint{disk: d, path: path, V: archive.Version, Match: match, Files: map[string]*progress{}}
	if path == "" {
		return fresh, nil
	}
	b, err := disk.ReadFile(d, path, maxCheckpoint)
	switch {
	case errors.Is(err, fs.ErrNotExist) && dryRun, err == nil && len(b) == 0:
		return fresh, nil
	case errors.Is(err, fs.ErrNotExist):
		return fresh, fresh.save()
	case err != nil:
		return nil, checkpointError(path, err)
	}
	c := &checkpoint{disk: d, path: path}
	if err := c.parse(b); err != nil {
		return nil, cmderr.WithHint(cmderr.Errorf("checkpoint %s: %w", path, err), "use another file; jobs already replayed are then submitted again")
	}
	if c.Match != match {
		return nil, cmderr.WithHint(cmderr.Errorf("checkpoint %s: it belongs to a replay with a different --match or --older-than", path), "use another file")
	}
	return c, nil
}

// checkpointError describes why a file cannot be a checkpoint.
func checkpointError(path string, err error) error {
	if errors.Is(err, disk.ErrNotRegular) || errors.Is(err, disk.ErrDangling) || errors.Is(err, disk.ErrForeign) {
		return cmderr.WithHint(cmderr.Errorf("checkpoint %s: %s", path, cmderr.RootCause(err)), "use a file in a directory that only you can write to")
	}
	return cmderr.Errorf("checkpoint: %w", err)
}

var (
	errNotCheckpoint     = errors.New("not a checkpoint")
	errDamagedCheckpoint = errors.New("damaged checkpoint")
)

// parse reads the content of a checkpoint file.
func (c *checkpoint) parse(b []byte) error {
	if err := json.Unmarshal(b, c); err != nil || c.V != archive.Version || c.Files == nil {
		return errNotCheckpoint
	}
	for _, f := range c.Files {
		if f == nil || !f.valid() {
			return errDamagedCheckpoint
		}
		f.begin()
	}
	return nil
}

// valid reports whether a replay may have written the line numbers of an entry.
func (f *progress) valid() bool {
	last := f.Done
	for _, lines := range f.Also {
		if lines[0] <= last || lines[1] < lines[0] {
			return false
		}
		last = lines[1]
	}
	return f.Done >= 0 && f.Sent >= 0
}

// begin keeps the progress of earlier runs.
func (f *progress) begin() {
	f.before = &progress{Done: f.Done, Sent: f.Sent, Also: slices.Clone(f.Also)}
}

// save writes the checkpoint.
func (c *checkpoint) save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write()
}

// write replaces the file atomically; c.mu is held. Once it returns nil the new content survives a crash.
func (c *checkpoint) write() error {
	if c.path == "" {
		return nil
	}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := disk.Replace(c.disk, c.path, filepath.Base(c.path)+".new", append(b, '\n'), 0o600); err != nil {
		return cmderr.Errorf("checkpoint: %w", err)
	}
	return nil
}

// lockAttempts is how often a lock file is opened that other replays remove meanwhile.
const lockAttempts = 10

// lockCheckpoint keeps other replays from using a checkpoint, under whatever name, until unlock. They read it only once they
// hold the lock, or they would submit again what was accepted in between.
func lockCheckpoint(d disk.FS, path string) (unlock func(), err error) {
	target, err := d.Resolve(path)
	if err != nil {
		return nil, checkpointError(path, err)
	}
	if info, err := d.Stat(target); err == nil && !info.Mode().IsRegular() {
		return nil, checkpointError(path, disk.ErrNotRegular)
	}
	busy := cmderr.Errorf("checkpoint %s: another replay is using it", path)
	for range lockAttempts {
		f, err := d.Open(target+".lock", os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, cmderr.Errorf("checkpoint: %w", err)
		}
		switch err := f.Lock(); {
		case errors.Is(err, disk.ErrBusy):
			f.Close()
			return nil, busy
		case err != nil && !errors.Is(err, disk.ErrNoLocks):
			f.Close()
			return nil, cmderr.Errorf("checkpoint: %w", err)
		case isNamed(d, f):
			return func() {
				d.Remove(f.Name()) // before unlocking, or it could be that of another replay
				f.Close()
			}, nil
		}
		f.Close() // its last holder removed it
	}
	return nil, busy
}

// isNamed reports whether an open file still has its name. A lock file without keeps nobody out.
func isNamed(d disk.FS, f disk.File) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := d.Stat(f.Name())
	return err == nil && disk.SameFile(opened, named)
}
