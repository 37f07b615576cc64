package drain

import (
	"cmp"
	"errors"
	"io/fs"
	"sync/atomic"

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

// archiveSink is where drained jobs go, of all queues.
type archiveSink struct {
	env      *cli.Env
	path     string // "-" is stdout
	w        *archive.Writer
	keys     []modgearman.Key // to tell priorities by
	fresh    bool             // it was not there before
	reported atomic.Bool      // an error of the archive is in that of a queue
}

// checkArchive refuses an archive that cannot be before anything is touched.
func (o *options) checkArchive() error {
	switch {
	case o.append && (o.to == "" || o.to == "-"):
		return cmderr.Usagef("--append needs --to FILE")
	case o.acceptRisk && o.to == "" && o.filter.None():
		return cmderr.Usagef("--accept-risk is for --to, --match and --older-than")
	}
	return nil
}

// openArchive makes the file.
func openArchive(env *cli.Env, path string, add bool, keys []modgearman.Key) (*archiveSink, error) {
	a := &archiveSink{env: env, path: path, keys: keys, fresh: !add}
	if path == "-" {
		a.w = archive.NewWriter(env.Stdout)
		return a, nil
	}
	var err error
	if add {
		a.w, err = archive.Append(env.FS(), path)
	} else {
		a.w, err = archive.Create(env.FS(), path)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, cmp.Or(checkArchiveFile(env, path, add), err)
	case errors.Is(err, archive.ErrCannotAppend), errors.Is(err, archive.ErrNotArchive):
		return nil, cmderr.WithHint(cmderr.Errorf("archive: %w", err), "use another file")
	case err != nil:
		return nil, jobs.ArchiveError(path, err)
	}
	return a, nil
}

// checkArchiveFile refuses a name that a new archive cannot have, or with add one that cannot be added to.
func checkArchiveFile(env *cli.Env, path string, add bool) error {
	info, err := env.FS().Stat(path)
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

// archiveQueue writes the jobs of one queue.
type archiveQueue struct {
	sink          *archiveSink
	server, queue string
	priorities    *jobs.PriorityFinder
	position      wire.Priority // of the job last seen, by its place in the queue
	used          bool
}

func (a *archiveSink) queue(q servers.Queue, known *jobs.Source) queueSink {
	p := jobs.NewPriorityFinder(known.Priorities, q.Function, known.Totals, a.keys)
	return &archiveQueue{sink: a, server: q.Server, queue: q.Function, priorities: p}
}

func (a *archiveQueue) observe(j wire.Job) { a.position = a.priorities.ByPosition(j.Handle) }

func (a *archiveQueue) add(j wire.Job) error {
	a.used = true
	return a.sink.wrapError(a.sink.w.Add(&archive.Record{
		Server: a.server, Queue: a.queue, Handle: string(j.Handle), Unique: string(j.Unique),
		Priority: a.priorities.Find(a.position, j.Workload), DrainedAt: a.sink.env.Now(), Data: j.Workload,
	}))
}

func (a *archiveQueue) sync() func() error {
	return func() error { return a.sink.wrapError(a.sink.w.Sync()) }
}

func (a *archiveQueue) finish(row *jobs.DrainRow, n wire.Taken, whole bool) {
	if a.used || n.Acknowledged > 0 {
		row.Archive = &a.sink.path
	}
	a.sink.w.Acknowledged(n.Acknowledged)
	a.priorities.Report(a.sink.env, row.Queue, row.Server, whole)
}

// wrapError names the archive in an error of it.
func (a *archiveSink) wrapError(err error) error {
	if err == nil {
		return nil
	}
	a.reported.Store(true)
	return jobs.WriteError(a.path, err)
}

// close ends the archive, and tells what is in it. A new one into which nothing came is removed.
func (a *archiveSink) close() error {
	n := a.w.Records()
	switch err := a.w.Close(a.env.Now()); {
	case err != nil && a.reported.Load():
		a.removeIfEmpty()
		return nil
	case err != nil:
		return cmderr.Errorf("%w: the jobs drained so far had been synced before", jobs.WriteError(a.path, err))
	}
	switch {
	case a.path == "-":
	case n == 0 && a.fresh:
		return a.env.FS().Remove(a.path)
	case n > 0:
		a.env.Info("%s in %s; restore with: %s", output.Plural(n, "job is", "jobs are"), a.path, cmderr.Try("replay").Of(a.path))
	}
	return nil
}

// removeIfEmpty removes a new archive into which nothing could be written.
func (a *archiveSink) removeIfEmpty() {
	if info, err := a.env.FS().Stat(a.path); a.fresh && err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		a.env.FS().Remove(a.path) // it holds nothing; that it stays costs a name
	}
}
