package exporter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire/disk"
)

// writeTextfile scrapes and writes a file for node_exporter, once, or at every interval until ctx ends.
func (x *exporter) writeTextfile(ctx context.Context, path string, interval time.Duration) error {
	if interval <= 0 {
		x.errors.once = true
		scrapes, err := x.writeOnce(ctx, path)
		return cmderr.MergeErrors(err, firstErrors(scrapes))
	}
	return x.repeat(ctx, interval, func() error {
		_, err := x.writeOnce(ctx, path)
		return err
	})
}

// repeat calls write at every interval until ctx ends. Only its first error is returned.
func (x *exporter) repeat(ctx context.Context, interval time.Duration, write func() error) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for first := true; ; first = false {
		err := write()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil: // the disk may be full only for a while
			x.env.Warn("%v", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// writeOnce replaces the file atomically, readable for all: node_exporter never sees half of it.
func (x *exporter) writeOnce(ctx context.Context, path string) ([]*serverScrape, error) {
	scrapes := x.scrape(ctx, x.source.get().all, x.parts, x.longest)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var m output.Metrics
	x.writeMetrics(&m, scrapes, x.parts)
	metrics, err := m.Text()
	if err != nil {
		return scrapes, err
	}
	return scrapes, x.writeFile("--textfile", path, metrics)
}

// writeFile replaces the file of a flag, or writes to stdout.
func (x *exporter) writeFile(flag, path string, b []byte) error {
	if path == "-" {
		_, err := x.env.ExactStdout().Write(b)
		return err
	}
	err := replaceTextfile(x.env.FS(), path, b)
	switch {
	case errors.Is(err, disk.ErrNotRegular):
		return cmderr.WithHint(cmderr.Errorf("%s: %w", flag, err), "use %s - for stdout", flag)
	case err != nil:
		return cmderr.Errorf("%s: %w", flag, err)
	}
	return nil
}

// replaceTextfile creates or replaces a regular file. It refuses anything else, such as the link /dev/stdout, which would
// become a file. Several processes may write the same file, each with a temporary file of its own.
func replaceTextfile(d disk.FS, path string, b []byte) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return cmderr.Errorf("%s: %w", path, disk.ErrNotRegular)
	}
	temp := fmt.Sprintf(".%s.%s", filepath.Base(path), rand.Text())
	return disk.Replace(d, path, temp, b, 0o644)
}
