package archive

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/pieces"
	"gearctl/output"
	"gearctl/wire/archive"
)

type splitOptions struct {
	to      string
	by      string // "", queue or server
	records int64
	rotate  pieces.Rotation
}

const (
	byQueue  = "queue"
	byServer = "server"
)

// splitRow is an archive that was written.
type splitRow struct {
	File    string `json:"file" out:"name"`
	Records int64  `json:"records" out:"keep"`
	Bytes   int64  `json:"bytes" out:"bytes"` // of payloads
}

func (o *splitOptions) runner(env *cli.Env) func(context.Context, cli.Words) error {
	return func(ctx context.Context, w cli.Words) error {
		if err := o.check(); err != nil {
			return err
		}
		p, err := cli.NewPrinter[splitRow](env, output.Options{Empty: "nothing to split"})
		if err != nil {
			return err
		}
		list, errs := inputs(w.Args)
		if len(errs) > 0 {
			return errors.Join(errs...)
		}
		s := &splitter{env: env, o: o, names: map[string]*pieces.Names{}}
		if err := s.run(ctx, list); err != nil {
			s.removeAll()
			return err
		}
		return p.PrintAll(s.rows)
	}
}

// splitter writes records to new archives.
type splitter struct {
	env   *cli.Env
	o     *splitOptions
	worst acked // of the archives that are read
	names map[string]*pieces.Names
	open  map[string]*part // by the name of the queue or server, or the end of the time
	files []string         // that were created
	rows  []splitRow
}

// acked is whether the jobs of a section were acknowledged: what the trailers of the new archives say.
type acked int

const (
	all acked = iota
	pending
	notAll
)

// part is an archive that is written.
type part struct {
	key string // in open
	w   *archive.Writer
	row int // in rows
}

// How many archives are written at a time: each needs up to a megabyte. Times come in order, more or less.
const (
	maxOpen  = 64
	maxTimes = 8
)

func (s *splitter) run(ctx context.Context, list []input) error {
	list, err := s.check(ctx, list)
	if err != nil {
		return err
	}
	for done := map[string]bool{}; ; {
		s.open = map[string]*part{}
		more := false // keys for which there was no room
		for _, in := range list {
			if err := s.file(ctx, in, done, &more); err != nil {
				return err
			}
		}
		for key, p := range s.open {
			done[key] = true
			if err := s.closePart(p); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
	}
}

// check reads the archives to their ends, and returns those that are: a directory may have other files.
func (s *splitter) check(ctx context.Context, list []input) (archives []input, err error) {
	for _, in := range list {
		if in.path == "-" {
			return nil, cmderr.Usagef("archive split needs files: it reads them twice")
		}
		if in.found && !in.isArchive(s.env) {
			continue
		}
		f, err := in.open(s.env)
		if err != nil {
			return nil, err
		}
		sections, _, err := archive.Scan(untilDone{ctx, f})
		f.Close()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && !isTruncated(err):
			return nil, damagedError(in, err)
		case err != nil:
			s.worst = notAll
		}
		for _, section := range sections {
			switch {
			case section.Complete:
			case section.Pending:
				s.worst = max(s.worst, pending)
			default:
				s.worst = notAll
			}
		}
		archives = append(archives, in)
	}
	return archives, nil
}

func damagedError(in input, err error) error {
	return cmderr.WithHint(cmderr.Errorf("split %s: damaged: %w", in.path, err), "see what is damaged: %v", cmderr.Try("archive", "verify").Of(in.path))
}

// file writes the records of an archive whose key is not done, as far as there is room.
func (s *splitter) file(ctx context.Context, in input, done map[string]bool, more *bool) error {
	var bad error
	_, err := in.read(ctx, s.env, func(_ *archive.Reader, rec *archive.Record) error {
		key := s.key(rec)
		if done[key] {
			return nil
		}
		if s.o.by != "" && s.open[key] == nil && len(s.open) == maxOpen {
			*more = true
			return nil
		}
		return s.add(key, rec)
	}, func(d damage) {
		if !isTruncated(d.err) && bad == nil {
			bad = damagedError(in, d.reason())
		}
	})
	return errors.Join(err, bad)
}

// key returns what the records of an archive have in common.
func (s *splitter) key(rec *archive.Record) string {
	switch {
	case s.o.by == byQueue:
		return rec.Queue
	case s.o.by == byServer:
		return rec.Server
	case s.o.rotate.Every > 0:
		return s.o.rotate.End(rec.DrainedAt.Local()).UTC().Format(time.RFC3339)
	}
	return ""
}

func (s *splitter) add(key string, rec *archive.Record) error {
	p := s.open[key]
	if p != nil && s.due(p, rec) {
		if err := s.closePart(p); err != nil {
			return err
		}
		p = nil
	}
	if p == nil {
		if err := s.makeRoom(); err != nil {
			return err
		}
		var err error
		if p, err = s.create(key, rec.DrainedAt.Local()); err != nil {
			return err
		}
		s.open[key] = p
	}
	row := &s.rows[p.row]
	row.Records++
	row.Bytes += int64(len(rec.Data))
	if err := p.w.Add(rec); err != nil {
		return jobs.WriteError(row.File, err)
	}
	return nil
}

// makeRoom completes the archive of the earliest time if there are too many. Should one more of its jobs come, it gets another one.
func (s *splitter) makeRoom() error {
	if s.o.by != "" || len(s.open) < maxTimes {
		return nil
	}
	return s.closePart(s.open[slices.Min(slices.Collect(maps.Keys(s.open)))])
}

// due reports whether another archive has to begin before a record is added.
func (s *splitter) due(p *part, rec *archive.Record) bool {
	return s.o.records > 0 && s.rows[p.row].Records >= s.o.records ||
		s.o.rotate.Size > 0 && p.w.Over(s.o.rotate.Size-rec.MaxSize())
}

func (s *splitter) create(key string, at time.Time) (*part, error) {
	path := s.o.to
	if s.o.by != "" {
		path = pieces.WithSuffix(path, pieces.SafeName(key))
	}
	if !s.o.rotate.None() {
		path = pieces.Expand(path, at)
	}
	names := s.names[path]
	if names == nil {
		names = new(pieces.Names)
		s.names[path] = names
	}
	w, file, err := names.Create(s.env.FS(), path)
	if err != nil {
		return nil, jobs.ArchiveError(file, err)
	}
	s.files, s.rows = append(s.files, file), append(s.rows, splitRow{File: file})
	return &part{key: key, w: w, row: len(s.rows) - 1}, nil
}

// closePart completes an archive. Its trailer promises no more than those of the archives that are split.
func (s *splitter) closePart(p *part) error {
	row := s.rows[p.row]
	end := p.w.Close
	switch s.worst {
	case all:
		p.w.Acknowledged(row.Records)
	case pending:
		end = p.w.ClosePending
	}
	delete(s.open, p.key)
	if err := end(s.env.Now()); err != nil {
		return jobs.WriteError(row.File, err)
	}
	return nil
}

// removeAll removes the new archives after an error.
func (s *splitter) removeAll() {
	for _, p := range s.open {
		p.w.Close(s.env.Now())
	}
	for _, path := range slices.Backward(s.files) {
		s.env.FS().Remove(path)
	}
}
