package commands

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// writeTextfile scrapes and writes a file for node_exporter, once, or at every interval until ctx ends.
func (x *exporter) writeTextfile(ctx context.Context, path string, interval time.Duration) error {
	if interval <= 0 {
		x.errors.once = true
		scrapes, err := x.writeOnce(ctx, path)
		return mergeErrors(err, firstErrors(scrapes))
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for first := true; ; first = false {
		_, err := x.writeOnce(ctx, path)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil: // a full disk may have room again
			x.env.warn("%v", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// writeOnce replaces the file as a whole, readable for all: node_exporter never sees half of one.
func (x *exporter) writeOnce(ctx context.Context, path string) ([]*serverScrape, error) {
	scrapes := x.scrape(ctx, x.timeout)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	metrics := x.metrics(scrapes).Bytes()
	if path == "-" {
		_, err := x.env.Stdout.Write(metrics)
		return scrapes, err
	}
	if err := replaceFile(path, metrics, 0o644); err != nil {
		return scrapes, errorf("--textfile: %w", err)
	}
	return scrapes, nil
}

// replaceFile writes a file as a whole or not at all, beside its place until it is complete. Only a regular file is
// replaced: in place of a device or a link, /dev/stdout among them, there would be a file afterwards.
func replaceFile(path string, b []byte, mode os.FileMode) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return withHint(errorf("%s is no regular file", path), "for stdout say -")
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
