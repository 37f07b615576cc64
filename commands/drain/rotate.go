package drain

import (
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/pieces"
	"gearctl/output"
	"gearctl/wire/archive"
)

// piece is an archive of a drain with --rotate.
type piece struct {
	path string
	end  time.Time // zero: time does not end it
}

// maxPieces bounds the names that are kept for the summary.
const maxPieces = 10_000

// pieceList is what was written so far.
type pieceList struct {
	paths   []string // up to maxPieces
	n, jobs int64
}

// clockCheck is how often the clock is compared with the end of a piece: it may be set meanwhile.
const clockCheck = time.Minute

func (a *archiveSink) rotates() bool { return !a.rotation.None() }

// due reports whether another piece has to begin before r is added; a.mu is held.
func (a *archiveSink) due(r *archive.Record) bool {
	switch {
	case !a.rotates():
		return false
	case a.w == nil || a.failed != nil || a.over(r.DrainedAt):
		return true
	case a.rotation.Size == 0 || a.w.Records() == 0:
		return false
	}
	return a.w.Over(a.rotation.Size - r.MaxSize())
}

// over reports whether the time of the current piece is over.
func (a *archiveSink) over(now time.Time) bool {
	return !a.piece.end.IsZero() && !now.Before(a.piece.end)
}

// next begins another piece if one is due; a.mu is held for writing.
func (a *archiveSink) next(r *archive.Record) error {
	if !a.due(r) {
		return nil // another queue was faster
	}
	if err := a.end((*archive.Writer).ClosePending); err != nil {
		return err
	}
	if err := a.begin(); err != nil {
		a.failed = jobs.ArchiveError(pieces.Expand(a.path, a.now()), err)
	}
	return a.failed
}

// begin creates a piece.
func (a *archiveSink) begin() error {
	now := a.now()
	w, path, err := a.names.Create(a.disk, pieces.Expand(a.path, now))
	if err != nil {
		return err
	}
	a.w, a.piece = w, &piece{path: path, end: a.rotation.End(now)}
	a.wake(now)
	return nil
}

// end completes the current piece: its jobs are safe then, whether they are acknowledged already or not. One without jobs
// is removed.
func (a *archiveSink) end(closeWriter func(*archive.Writer, time.Time) error) error {
	if a.failed != nil || a.w == nil {
		return a.failed
	}
	w, path := a.w, a.piece.path
	n := w.Records()
	a.w = nil
	if err := closeWriter(w, a.now()); err != nil {
		a.removeIfEmpty(path)
		a.failed, a.unsafe = jobs.WriteError(path, err), true
		return a.failed
	}
	if n == 0 {
		return a.disk.Remove(path)
	}
	a.pieces.n, a.pieces.jobs = a.pieces.n+1, a.pieces.jobs+n
	if len(a.pieces.paths) < maxPieces {
		a.pieces.paths = append(a.pieces.paths, path)
	}
	a.log.Info("%s in %s", output.Plural(n, "job is", "jobs are"), path)
	return nil
}

// wake completes the piece when its time is over, also if no job comes.
func (a *archiveSink) wake(now time.Time) {
	a.stopTimer()
	if a.piece.end.IsZero() {
		return
	}
	of := a.piece
	a.timer = time.AfterFunc(min(of.end.Sub(now), clockCheck), func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.piece != of || a.w == nil {
			return
		}
		if now := a.now(); !a.over(now) {
			a.wake(now)
		} else if err := a.end((*archive.Writer).ClosePending); err != nil {
			a.log.Warn("%v", err)
			a.warned = true
		}
	})
}

func (a *archiveSink) stopTimer() {
	if a.timer != nil {
		a.timer.Stop()
	}
}

// closeLast completes the last piece and sums up.
func (a *archiveSink) closeLast() error {
	a.stopTimer()
	if a.w != nil {
		a.w.Acknowledged(a.acked - a.pieces.jobs) // those of earlier pieces were the first to be acknowledged
	}
	err := a.end((*archive.Writer).Close)
	a.summary()
	switch {
	case err == nil, a.reported.Load():
		return nil
	case a.warned:
		return &cmderr.ReportedError{Err: err}
	}
	return cmderr.Errorf("%w: the jobs drained so far had been synced before", err)
}

// summary says how to restore what is in several pieces.
func (a *archiveSink) summary() {
	const named = 8
	switch n := a.pieces; {
	case n.n == 0:
	case n.n <= named:
		a.log.Info("restore with: %s", cmderr.Try("replay").Of(n.paths...))
	default:
		a.log.Info("%s in %s, from %s to %s", output.Plural(n.jobs, "job is", "jobs are"), output.Plural(n.n, "archive", "archives"),
			n.paths[0], n.paths[len(n.paths)-1])
	}
}
