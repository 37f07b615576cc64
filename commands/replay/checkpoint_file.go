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

// loadCheckpoint reads or creates the checkpoint of a replay of the records that match describes. With an empty path nothing
// is kept.
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
	case errors.Is(err, disk.ErrNotRegular), errors.Is(err, disk.ErrDangling), errors.Is(err, disk.ErrForeign):
		return nil, cmderr.WithHint(cmderr.Errorf("checkpoint %s: %s", path, cmderr.RootCause(err)), "use a file in a directory that only you can write to")
	case err != nil:
		return nil, cmderr.Errorf("checkpoint: %w", err)
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

// lock keeps another replay from using the checkpoint. unlock ends it.
func (c *checkpoint) lock() (unlock func(), err error) {
	if c.path == "" {
		return func() {}, nil
	}
	f, err := c.disk.Open(c.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, cmderr.Errorf("checkpoint: %w", err)
	}
	switch err := f.Lock(); {
	case errors.Is(err, disk.ErrBusy):
		f.Close()
		return nil, cmderr.Errorf("checkpoint %s: another replay is using it", c.path)
	case err != nil && !errors.Is(err, disk.ErrNoLocks):
		f.Close()
		return nil, cmderr.Errorf("checkpoint: %w", err)
	}
	return func() {
		c.disk.Remove(f.Name()) // before unlocking, or it could be that of another replay
		f.Close()
	}, nil
}
