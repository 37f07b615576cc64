package replay

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/input"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// position is a line of an archive.
type position struct {
	file *progress
	line int64
}

// source reads the selected records of archives, each once.
type source struct {
	env         *cli.Env
	queue       string // for all records; empty: their own
	filter      *jobs.Filter
	done        *checkpoint
	idle        func() error                            // called before waiting for input
	skip        func(r *archive.Record, duplicate bool) // called for records that are left out
	refuse      func(r *archive.Record)                 // called for records that no server accepts
	inputs      []*archiveFile
	duplicates  *duplicates
	errs        []error // of archives and lines that could not be read
	records     int64   // in the archives that were scanned
	alreadyDone int64   // records that the checkpoint marks as done
}

// archiveFile is one archive.
type archiveFile struct {
	path     string
	sections []archive.Section // nil for a pipe
	first    int               // number of its first section in duplicates.complete
	damage   int               // unreadable lines
	refused  int               // records that no server accepts
	order    int               // archives of the checkpoint come first, or done jobs would come again from a copy
	records  int64             // read
}

// entry is a selected record.
type entry struct {
	*archive.Record
	unique string
	at     position
}

// scanAll reads the archives that are files before anything is submitted, to learn which sections are complete and to verify
// the checksums of compressed ones. Unreadable archives are reported in errs and left out.
func (s *source) scanAll(ctx context.Context, paths []string) {
	s.duplicates = newDuplicates()
	for _, path := range paths {
		in := &archiveFile{path: path, first: len(s.duplicates.complete)}
		if !s.done.knows(path) {
			in.order = 1
		}
		if err := s.scan(ctx, in); err != nil {
			s.errs = append(s.errs, err)
			continue
		}
		s.inputs = append(s.inputs, in)
	}
	slices.SortStableFunc(s.inputs, func(a, b *archiveFile) int { return cmp.Compare(a.order, b.order) })
	if n := len(s.inputs); n > 0 {
		s.duplicates.last = s.inputs[n-1].first + len(s.inputs[n-1].sections) - 1
	}
}

func (s *source) scan(ctx context.Context, in *archiveFile) error {
	info, err := os.Stat(in.path)
	switch {
	case in.path == "-", err == nil && info.Mode()&fs.ModeNamedPipe != 0:
		s.duplicates.unknown = true
		return nil
	case err == nil && info.IsDir():
		return cmderr.Errorf("archive %s: it is a directory", in.path)
	}
	f, err := disk.OpenInput(in.path)
	switch {
	case errors.Is(err, disk.ErrDevice):
		return cmderr.WithHint(cmderr.Errorf("archive %s: %w", in.path, disk.ErrDevice), "name a file, or - for stdin")
	case err != nil:
		return openError(in.path, err)
	}
	defer f.Close()
	sections, lines, err := archive.Scan(untilDone{ctx, f})
	switch {
	case err == nil, errors.Is(err, archive.ErrTruncated):
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, archive.ErrEndless):
		return cmderr.Errorf("archive %s: %w", in.path, err)
	case errors.Is(err, archive.ErrWindow):
		return cmderr.WithHint(cmderr.Errorf("archive %s: %w: nothing was replayed", in.path, err),
			"zstd -dc --long=31 %s | gearctl replay -", shell.QuotePrintable(in.path))
	default:
		return cmderr.WithHint(cmderr.Errorf("archive %s: damaged: %w: nothing was replayed", in.path, err),
			"see what is still readable: gearctl archive cat -o archive %s | gearctl replay - --dry-run", shell.QuotePrintable(in.path))
	}
	in.sections = sections
	s.records += lines
	for _, section := range sections {
		s.duplicates.complete = append(s.duplicates.complete, section.Complete)
		s.duplicates.pending = append(s.duplicates.pending, section.Pending)
		if section.Complete || section.Pending {
			s.records-- // its trailer
		}
	}
	return nil
}

// untilDone reads until ctx ends, and then returns its cause.
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

// each yields the selected records. It ends with the archives, or with ctx.
func (s *source) each(ctx context.Context) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, in := range s.inputs {
			if !s.readFile(ctx, in, yield) {
				return
			}
		}
	}
}

// readFile yields the selected records of one archive, and reports whether to go on with the next.
func (s *source) readFile(ctx context.Context, in *archiveFile, yield func(entry) bool) bool {
	if in.path == "-" {
		ctx = wire.Outlast(ctx) // piped input cannot be read again
	}
	source := input.NewReader(func() (io.ReadCloser, error) {
		if in.path == "-" {
			return io.NopCloser(s.env.Stdin), nil
		}
		return os.Open(in.path)
	})
	defer source.Close()
	r := archive.NewReader(source.Stream(ctx, s.idle))
	r.MaxJob(int(s.env.Globals.MaxPacket))
	var at *progress
	for ctx.Err() == nil {
		rec, err := r.Next()
		if err != nil {
			if s.readFailed(in, r, err) {
				continue
			}
			if at != nil {
				at.ended = isEnd(err)
			}
			return ctx.Err() == nil
		}
		if at == nil {
			if at, err = s.done.file(in.path, rec); err != nil {
				s.errs = append(s.errs, err)
				return true
			}
		}
		at.read = r.Number()
		if !s.yieldRecord(in, r, rec, position{at, at.read}, yield) {
			return false
		}
	}
	return false
}

// yieldRecord yields a record if it is selected, and reports whether to go on.
func (s *source) yieldRecord(in *archiveFile, r *archive.Reader, rec *archive.Record, at position, yield func(entry) bool) bool {
	in.records++
	again := s.duplicates.again(rec, in.first+r.Section())
	if at.file.has(at.line) {
		s.alreadyDone++
		return true
	}
	if again {
		s.skip(rec, true)
		return true
	}
	if !s.matches(rec, at) {
		s.skip(rec, false)
		return true
	}
	job := entry{rec, jobs.UniqueOf(rec), at}
	if err := s.check(&job); err != nil {
		s.done.skip(at)
		s.refuse(rec)
		if in.refused++; in.refused <= maxReported {
			s.errs = append(s.errs, cmderr.Errorf("%s: line %d: %w", in.path, at.line, err))
		}
		return true
	}
	return yield(job)
}

// matches reports whether the filter selects a record. One that may match with another key, or later, is not done.
func (s *source) matches(rec *archive.Record, at position) bool {
	if s.filter == nil {
		return true
	}
	v := s.filter.Judge(rec.Queue, rec.Unique, rec.Data)
	if v == jobs.Undecodable || v == jobs.TooYoung {
		s.done.skip(at)
	}
	return v == jobs.Match
}

// check refuses what no server accepts.
func (s *source) check(r *entry) error {
	queue := r.Queue
	if s.queue != "" {
		queue = s.queue
	}
	return (&wire.Submission{Function: queue, Unique: r.unique, Workload: r.Data}).Check()
}

// How many damaged lines and refused records of an archive are reported one by one, and how many damaged ones at its beginning
// mean that it is not an archive.
const (
	maxReported      = 20
	maxLeadingDamage = 100
)

// readFailed records an error of Next, and reports whether to read on.
func (s *source) readFailed(in *archiveFile, r *archive.Reader, err error) bool {
	var damaged *archive.LineError
	switch {
	case errors.As(err, &damaged):
		if in.damage++; in.damage <= maxReported {
			s.errs = append(s.errs, cmderr.Errorf("%s: %w", in.path, err))
		}
		if int64(in.damage) == r.Number() && in.damage == maxLeadingDamage {
			s.errs = append(s.errs, cmderr.Errorf("%s: not a gearctl archive: its first %d lines are damaged", in.path, in.damage))
			return false
		}
		return true
	case isEnd(err):
		s.reportEnd(in, r)
	case !errors.Is(err, cmderr.ErrInterrupted):
		s.errs = append(s.errs, cmderr.Errorf("%s: %w", in.path, err))
	}
	return false
}

// isEnd reports whether err means that an archive has no more records.
func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, archive.ErrTruncated) }

// reportEnd reports what is missing or incomplete at the end of an archive.
func (s *source) reportEnd(in *archiveFile, r *archive.Reader) {
	if n := in.damage - maxReported; n > 0 {
		s.errs = append(s.errs, cmderr.Errorf("%s: %s damaged", in.path, output.Plural(int64(n), "more line is", "more lines are")))
	}
	if n := in.refused - maxReported; n > 0 {
		s.errs = append(s.errs, cmderr.Errorf("%s: %s refused", in.path, output.Plural(int64(n), "more record is", "more records are")))
	}
	if n := r.Missing(); n > 0 {
		s.errs = append(s.errs, cmderr.Errorf("%s: %s missing according to its trailer", in.path, output.Plural(n, "record is", "records are")))
	}
	switch {
	case in.records == 0 && in.damage > 0:
		return // not an archive
	case in.records == 0 && r.Missing() == 0:
		s.env.Info("%s: contains no jobs", in.path)
		return
	}
	for _, section := range in.sections {
		if !section.Complete && !section.Pending {
			s.env.Info("%s: incomplete archive: the drain was interrupted, and its last jobs may still be queued; drain again to a second file and replay both", in.path)
			return
		}
	}
	if t := r.Trailer(); in.sections == nil && (t == nil || !t.Complete() && !t.Pending) {
		s.env.Info("%s: incomplete archive: the drain was interrupted, and its last jobs may still be queued", in.path)
	}
}
