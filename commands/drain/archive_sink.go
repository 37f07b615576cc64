package drain

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/pieces"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/modgearman"
)

// archiveSink writes the jobs of all queues to one archive, or with --rotate to one after the other.
type archiveSink struct {
	path     string // "-" is stdout; with --rotate a pattern
	disk     disk.FS
	keys     []modgearman.Key // to find priorities by the kind of a job
	created  bool             // the file is new
	rotation pieces.Rotation
	names    pieces.Names
	reported atomic.Bool // an error of the archive is part of the error of a queue
	log      cmderr.Log
	now      func() time.Time

	mu     sync.RWMutex // held for reading while the current piece is used, for writing while it changes
	w      *archive.Writer
	piece  *piece // that w writes; nil between two of them
	pieces pieceList
	failed error // of the end of a piece or the start of the next: nothing more is written
	unsafe bool  // failed is about the end of a piece, which may lack jobs
	warned bool  // the user was told of failed
	timer  *time.Timer
	acked  int64 // jobs, counted when a queue is drained
}

// openArchive creates the archive, or with add opens an existing one.
func openArchive(env *cli.Env, o *options, keys []modgearman.Key) (*archiveSink, error) {
	a := &archiveSink{path: o.to, disk: env.FS(), keys: keys, created: !o.append, rotation: o.rotate, log: env, now: env.Now}
	var err error
	switch {
	case a.path == "-":
		a.w = archive.NewWriter(env.Stdout)
	case a.rotates():
		a.mu.Lock() // its timer runs on its own
		err = a.begin()
		a.mu.Unlock()
	case o.append:
		a.w, err = archive.Append(a.disk, a.path)
	default:
		a.w, err = archive.Create(a.disk, a.path)
	}
	switch {
	case err == nil:
		return a, nil
	case errors.Is(err, fs.ErrExist):
		return nil, cmp.Or(checkArchiveFile(a.disk, a.path, o.append), err)
	case errors.Is(err, archive.ErrCannotAppend):
		return nil, cannotAppend(a.disk, a.path, err)
	case errors.Is(err, archive.ErrNotArchive), errors.Is(err, archive.ErrMisnamed):
		return nil, cmderr.WithHint(cmderr.Errorf("archive: %w", err), "use another file")
	}
	return nil, jobs.ArchiveError(a.path, err)
}

// cannotAppend says how to drain into another file, and that replay reads the two.
func cannotAppend(d disk.FS, path string, err error) error {
	other := ""
	for n := 2; ; n++ {
		other = pieces.Numbered(path, n)
		if _, err := d.Stat(other); err != nil {
			break
		}
	}
	return &cmderr.Failure{Err: cmderr.Errorf("archive: %w", err), Hints: []cmderr.Hint{
		{Format: "drain to another file: %v", Args: []any{cmderr.SameLine{Flags: []string{"--to=" + other}, Less: []string{"--to", "--append"}}}},
		{Format: "its complete records can be read; to restore those of both files: %v", Args: []any{cmderr.Try("replay").Of(path, other)}},
	}}
}

// checkArchiveFile refuses a path where no archive can be created, or with add none can be appended to.
func checkArchiveFile(d disk.FS, path string, add bool) error {
	info, err := d.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !info.Mode().IsRegular():
		err = disk.ErrNotRegular
	case err == nil && add:
		return nil
	case err == nil:
		return cmderr.WithHint(cmderr.Errorf("archive %s already exists", path), "use another file, or add to it with --append")
	}
	return jobs.ArchiveError(path, err)
}

func (a *archiveSink) queue(q servers.Queue, src *jobs.Source) queueSink {
	return &archiveQueue{sink: a, server: q.Server, queue: q.Function, priorities: jobs.NewPriorityFinder(src, q.Function, a.keys)}
}

// kept makes the trailer say that the archive is incomplete: the same jobs may be drained again.
func (a *archiveSink) kept(n int64) { a.acknowledged(-n) }

// acknowledged counts jobs that are off their server.
func (a *archiveSink) acknowledged(n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acked += n
}

// close completes the archive and logs what is in it. A new one without jobs is removed.
func (a *archiveSink) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rotates() {
		return a.closeLast()
	}
	n := a.w.Records()
	a.w.Acknowledged(a.acked)
	err := a.w.Close(a.now())
	switch {
	case err != nil && a.reported.Load():
		a.removeIfEmpty(a.path)
	case err != nil:
		return cmderr.Errorf("%w: the jobs drained so far had been synced before", jobs.WriteError(a.path, err))
	case a.path == "-":
	case n == 0 && a.created:
		return a.disk.Remove(a.path)
	case n > 0:
		a.log.Info("%s in %s; restore with: %s", output.Plural(n, "job is", "jobs are"), a.path, cmderr.Try("replay").Of(a.path))
	}
	return nil
}

// removeIfEmpty removes a new archive to which nothing could be written.
func (a *archiveSink) removeIfEmpty(path string) {
	info, err := a.disk.Stat(path)
	if a.created && err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		a.disk.Remove(path) // a failure is harmless: the file is empty
	}
}

// wrapError names the archive in an error of writing it.
func (a *archiveSink) wrapError(err error) error {
	if err == nil {
		return nil
	}
	a.reported.Store(true)
	return jobs.WriteError(a.current(), err)
}

// current returns the path of the archive that is written; a.mu is held.
func (a *archiveSink) current() string {
	if a.piece != nil {
		return a.piece.path
	}
	return a.path
}

// add adds a record, to a new piece if it is time for one.
func (a *archiveSink) add(q *archiveQueue, r *archive.Record) error {
	a.mu.RLock()
	if !a.due(r) {
		defer a.mu.RUnlock()
		q.note(a.current())
		return a.wrapError(a.w.Add(r))
	}
	a.mu.RUnlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.next(r); err != nil {
		a.reported.Store(true)
		return err
	}
	q.note(a.current())
	return a.wrapError(a.w.Add(r))
}

// sync makes all records added before safe.
func (a *archiveSink) sync() error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	switch {
	case a.unsafe:
		a.reported.Store(true)
		return a.failed
	case a.w == nil:
		return nil // every piece is complete
	}
	return a.wrapError(a.w.Sync())
}

// archiveQueue writes the jobs of one queue.
type archiveQueue struct {
	sink          *archiveSink
	server, queue string
	priorities    *jobs.PriorityFinder
	byPosition    wire.Priority // of the job last observed
	archives      []string      // with jobs of the queue
}

// note notes that a job is in an archive.
func (a *archiveQueue) note(path string) {
	if n := len(a.archives); n == 0 || n < maxPieces && a.archives[n-1] != path {
		a.archives = append(a.archives, path)
	}
}

func (a *archiveQueue) observe(j wire.Job) { a.byPosition = a.priorities.ByPosition(j.Handle) }

func (a *archiveQueue) add(j wire.Job) error { return a.sink.add(a, a.record(j, a.sink.now())) }

// record returns the record of the job last observed.
func (a *archiveQueue) record(j wire.Job, now time.Time) *archive.Record {
	return &archive.Record{
		Server: a.server, Queue: a.queue, Handle: string(j.Handle), Unique: string(j.Unique),
		Priority: a.priorities.Find(a.byPosition, j.Workload), DrainedAt: now, Data: j.Workload,
	}
}

func (a *archiveQueue) due() func() bool { return nil }

func (a *archiveQueue) sync() func() error { return a.sink.sync }

func (a *archiveQueue) finish(r *row, n wire.Taken, whole bool) {
	if len(a.archives) > 0 || n.Acknowledged > 0 {
		r.Archive = &a.sink.path
	}
	if a.sink.rotates() {
		r.Archives = slices.Clip(a.archives)
	}
	a.sink.acknowledged(n.Acknowledged)
	a.priorities.Report(a.sink.log, a.queue, a.server, whole)
}
