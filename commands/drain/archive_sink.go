package drain

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/modgearman"
)

// archiveSink writes the jobs of all queues to one archive.
type archiveSink struct {
	path     string // "-" is stdout
	disk     disk.FS
	w        *archive.Writer
	keys     []modgearman.Key // to find priorities by the kind of a job
	created  bool             // the file is new
	reported atomic.Bool      // an error of the archive is part of the error of a queue
	log      cmderr.Log
	now      func() time.Time
}

// openArchive creates the archive, or with add opens an existing one.
func openArchive(env *cli.Env, path string, add bool, keys []modgearman.Key) (*archiveSink, error) {
	a := &archiveSink{path: path, disk: env.FS(), keys: keys, created: !add, log: env, now: env.Now}
	var err error
	switch {
	case path == "-":
		a.w = archive.NewWriter(env.Stdout)
	case add:
		a.w, err = archive.Append(a.disk, path)
	default:
		a.w, err = archive.Create(a.disk, path)
	}
	switch {
	case err == nil:
		return a, nil
	case errors.Is(err, fs.ErrExist):
		return nil, cmp.Or(checkArchiveFile(a.disk, path, add), err)
	case errors.Is(err, archive.ErrCannotAppend):
		return nil, cannotAppend(a.disk, path, err)
	case errors.Is(err, archive.ErrNotArchive):
		return nil, cmderr.WithHint(cmderr.Errorf("archive: %w", err), "use another file")
	}
	return nil, jobs.ArchiveError(path, err)
}

// cannotAppend says how to drain into another file, and that replay reads the two.
func cannotAppend(d disk.FS, path string, err error) error {
	base, other := strings.TrimSuffix(path, ".gz"), ""
	ext := filepath.Ext(base)
	for n := 2; ; n++ {
		other = fmt.Sprintf("%s-%d%s.gz", strings.TrimSuffix(base, ext), n, ext)
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
func (a *archiveSink) kept(n int64) { a.w.Acknowledged(-n) }

// close completes the archive and logs what is in it. A new one without jobs is removed.
func (a *archiveSink) close() error {
	n := a.w.Records()
	err := a.w.Close(a.now())
	switch {
	case err != nil && a.reported.Load():
		a.removeIfEmpty()
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
func (a *archiveSink) removeIfEmpty() {
	info, err := a.disk.Stat(a.path)
	if a.created && err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		a.disk.Remove(a.path) // a failure is harmless: the file is empty
	}
}

// wrapError names the archive in an error of writing it.
func (a *archiveSink) wrapError(err error) error {
	if err == nil {
		return nil
	}
	a.reported.Store(true)
	return jobs.WriteError(a.path, err)
}

// archiveQueue writes the jobs of one queue.
type archiveQueue struct {
	sink          *archiveSink
	server, queue string
	priorities    *jobs.PriorityFinder
	byPosition    wire.Priority // of the job last observed
	used          bool
}

func (a *archiveQueue) observe(j wire.Job) { a.byPosition = a.priorities.ByPosition(j.Handle) }

func (a *archiveQueue) add(j wire.Job) error {
	a.used = true
	return a.sink.wrapError(a.sink.w.Add(&archive.Record{
		Server: a.server, Queue: a.queue, Handle: string(j.Handle), Unique: string(j.Unique),
		Priority: a.priorities.Find(a.byPosition, j.Workload), DrainedAt: a.sink.now(), Data: j.Workload,
	}))
}

func (a *archiveQueue) sync() func() error {
	return func() error { return a.sink.wrapError(a.sink.w.Sync()) }
}

func (a *archiveQueue) finish(r *row, n wire.Taken, whole bool) {
	if a.used || n.Acknowledged > 0 {
		r.Archive = &a.sink.path
	}
	a.sink.w.Acknowledged(n.Acknowledged)
	a.priorities.Report(a.sink.log, a.queue, a.server, whole)
}
