package jobs

import (
	"errors"
	"io/fs"
	"syscall"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire/disk"
)

// ArchiveError describes why a file cannot be an archive.
func ArchiveError(path string, err error) error {
	switch {
	case errors.Is(err, disk.ErrNotRegular):
		return cmderr.WithHint(cmderr.Errorf("archive %s: %w", path, disk.ErrNotRegular), "use another file, or - for stdout")
	case errors.Is(err, disk.ErrDangling), errors.Is(err, disk.ErrForeign), errors.Is(err, syscall.ELOOP):
		return cmderr.WithHint(cmderr.Errorf("archive %s: %s", path, cmderr.RootCause(err)), "use a file in a directory that only you can write to")
	}
	return cmderr.Errorf("archive: %w", err)
}

// WriteError names the file that could not be written once, and the operation that failed.
func WriteError(path string, err error) error {
	op := "write"
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		op, err = p.Op, p.Err
	}
	if path == "-" {
		path = "stdout"
	}
	return cmderr.Errorf("%s %s: %w", op, path, err)
}
