package commands

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"

	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// recordID recognises a job that stands twice: everything about it but the time is the same. Server and handle alone
// would not do, for a server that was restarted counts its handles anew.
type recordID [16]byte

func identify(r *archive.Record) recordID {
	h := sha256.New()
	for _, s := range []string{r.Server, r.Queue, r.Handle, r.Unique} {
		io.WriteString(h, s)
		h.Write([]byte{0})
	}
	h.Write(r.Data)
	return recordID(h.Sum(nil)[:len(recordID{})])
}

// unique returns the unique key to submit a record with.
func (id recordID) unique(r *archive.Record) string {
	if r.Unique != "" {
		return r.Unique
	}
	return "gearctl-" + hex.EncodeToString(id[:])
}

// position is where in the archives a record stands.
type position struct {
	file *checkpointFile
	line int64
}

// archiveSource reads the records of archives that are meant, each once.
type archiveSource struct {
	env    *Env
	files  []string
	filter *jobFilter // nil: every job
	done   *checkpoint
	seen   map[recordID]struct{}
	skip   func(r *archive.Record, duplicate bool) // is told of records that are left out
	errs   []error                                 // what could not be read
}

// archived is a record that is meant.
type archived struct {
	*archive.Record
	id recordID
	at position
}

// records yields what is meant. What cannot be read is kept in errs; it ends with the archives, or with ctx.
func (s *archiveSource) records(ctx context.Context) iter.Seq[archived] {
	return func(yield func(archived) bool) {
		for _, path := range s.files {
			if !s.file(ctx, path, yield) {
				return
			}
		}
	}
}

// file yields what is meant in one archive, and reports whether to go on with the next.
func (s *archiveSource) file(ctx context.Context, path string, yield func(archived) bool) bool {
	r, err := s.open(path)
	if err != nil {
		s.errs = append(s.errs, errorf("archive: %w", err))
		return true
	}
	defer r.Close()
	var at *checkpointFile
	for ctx.Err() == nil {
		rec, err := r.Next()
		if err != nil {
			if s.problem(path, r, err) {
				continue
			}
			return true
		}
		if at == nil {
			if at, err = s.done.file(path, rec); err != nil {
				s.errs = append(s.errs, err)
				return true
			}
		}
		if !s.record(rec, position{at, r.Number()}, yield) {
			return false
		}
	}
	return false
}

func (s *archiveSource) open(path string) (*archive.Reader, error) {
	if path == "-" {
		return archive.NewReader(bufio.NewReader(s.env.Stdin)), nil
	}
	return archive.Open(path)
}

// record yields a record that is meant, and reports whether to go on.
func (s *archiveSource) record(rec *archive.Record, at position, yield func(archived) bool) bool {
	id := identify(rec)
	_, twice := s.seen[id]
	s.seen[id] = struct{}{}
	switch {
	case at.file.has(at.line):
	case twice:
		s.skip(rec, true)
	case s.filter != nil && !s.filter.matches(rec.Queue, rec.Unique, rec.Data):
		s.skip(rec, false)
	default:
		if err := checkRecord(rec); err != nil {
			s.errs = append(s.errs, errorf("line %d: %w", at.line, err))
			return true
		}
		return yield(archived{rec, id, at})
	}
	return true
}

// checkRecord refuses what no server could be given.
func checkRecord(r *archive.Record) error {
	return (&wire.Submission{Function: r.Queue, Unique: r.Unique, Workload: r.Data}).Check()
}

// problem takes note of what Next said, and reports whether there may be more.
func (s *archiveSource) problem(path string, r *archive.Reader, err error) bool {
	var damaged *archive.LineError
	switch {
	case errors.As(err, &damaged):
		s.errs = append(s.errs, errorf("%s: %w", path, err))
		return true
	case errors.Is(err, io.EOF), errors.Is(err, archive.ErrCut):
		s.end(path, r)
	default:
		s.errs = append(s.errs, errorf("%s: %w", path, err))
	}
	return false
}

// end tells what the end of an archive says of its drain.
func (s *archiveSource) end(path string, r *archive.Reader) {
	if n := r.Missing(); n > 0 {
		s.errs = append(s.errs, errorf("%s: %s missing that its trailer counts", path, output.Plural(n, "record is", "records are")))
	}
	t := r.Trailer()
	switch {
	case t == nil:
		s.env.note("%s: its drain did not come to an end: jobs in it may be in their queue as well; drain that to a second file and replay both", path)
	case t.Acknowledged < t.Records:
		s.env.note("%s: %s went back to their queue: drain that to a second file and replay both", path, output.Plural(t.Records-t.Acknowledged, "job in it", "jobs in it"))
	}
}
