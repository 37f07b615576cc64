package archive

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// input is an archive to read.
type input struct {
	path  string
	found bool // in a directory, where other files may be
}

// inputs returns the archives that args name: files, and those in directories.
func inputs(args []string) (list []input, errs []error) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case arg == "-":
			list = append(list, input{path: arg})
		case err != nil:
			errs = append(errs, openError(arg, err))
		case info.IsDir():
			found, err := inDirectory(arg)
			if err != nil {
				errs = append(errs, openError(arg, err))
			}
			list = append(list, found...)
		default:
			list = append(list, input{path: arg})
		}
	}
	return list, errs
}

func inDirectory(dir string) (list []input, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		if info, err := e.Info(); err == nil && e.Type().IsRegular() && !strings.HasPrefix(name, ".") && (info.Size() > 0 || strings.Contains(name, ".jsonl")) {
			list = append(list, input{filepath.Join(dir, name), true})
		}
	}
	return list, err
}

func openError(path string, err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return cmderr.Errorf("cannot open archive %s: %w", path, err)
}

// open opens an archive. A directory, or a device, is refused.
func (in input) open(env *cli.Env) (io.ReadCloser, error) {
	if in.path == "-" {
		return io.NopCloser(env.Stdin), nil
	}
	f, err := disk.OpenInput(in.path)
	if err != nil {
		return nil, openError(in.path, err)
	}
	return f, nil
}

// trailers returns the trailers of an archive if they say what is in it, and whether it is compressed.
func (in input) trailers() (list []*archive.Trailer, compressed, ok bool) {
	info, err := os.Stat(in.path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, false, false
	}
	f, err := os.Open(in.path)
	if err != nil {
		return nil, false, false
	}
	defer f.Close()
	list, ok = archive.Trailers(f, info.Size())
	return list, archive.Compressed(f), ok
}

// isArchive reports whether a file that was found begins like an archive.
func (in input) isArchive(env *cli.Env) bool {
	f, err := in.open(env)
	if err != nil {
		return true // to report the error
	}
	defer f.Close()
	_, err = archive.NewReader(f).Next()
	var damaged *archive.LineError
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, archive.ErrTruncated) ||
		errors.As(err, &damaged) && errors.Is(err, archive.ErrTooLarge)
}

// damage is what cannot be read of an archive.
type damage struct {
	line, offset int64 // line is 0 if last
	err          error
	last         bool // nothing after it can be read
}

// reason says where the damage is, and what it is.
func (d damage) reason() error {
	if d.last {
		return cmderr.Errorf("nothing can be read after byte %d: %w", d.offset, d.err)
	}
	return cmderr.Errorf("line %d, byte %d: %w", d.line, d.offset, d.err)
}

// read calls f for each record of an archive, and damaged for what cannot be read. It returns the reader, at the end, and the
// error that ended the reading before: that of f, or of ctx.
func (in input) read(ctx context.Context, env *cli.Env, f func(*archive.Reader, *archive.Record) error, damaged func(damage)) (*archive.Reader, error) {
	file, err := in.open(env)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := archive.NewReader(untilDone{ctx, file})
	r.MaxJob(int(env.Globals.MaxPacket))
	for {
		rec, err := r.Next()
		var bad *archive.LineError
		switch {
		case err == nil:
			if err := f(r, rec); err != nil {
				return r, err
			}
			continue
		case errors.Is(err, io.EOF):
			return r, nil
		case ctx.Err() != nil:
			return r, context.Cause(ctx)
		case errors.As(err, &bad):
			damaged(damage{bad.Number, r.Offset(), bad.Err, false})
			continue
		}
		damaged(damage{0, r.Offset(), err, true})
		return r, nil
	}
}

// untilDone reads until ctx ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.r.Read(p)
}
