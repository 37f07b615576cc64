package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/workerpool"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// undecodableJobs handles jobs that check work cannot decode. They are discarded, as Mod-Gearman's workers do, but only up
// to a limit in a row: then the queue is paused on that server, and its jobs wait.
type undecodableJobs struct {
	env   *cli.Env
	limit int             // in a row, from one queue of one server; 0: any number
	path  string          // where they are saved; empty: nowhere
	file  *archive.Writer // nil: not saved

	mu      sync.Mutex
	queues  map[servers.Endpoint]*failingQueue
	decoded bool // at least one job since the start
}

// failingQueue is a queue whose last jobs could not be decoded.
type failingQueue struct {
	inRow       int
	pauses      int       // so far
	pausedUntil time.Time // when it is served again
}

// open opens the archive for undecodable jobs.
func (u *undecodableJobs) open() (err error) {
	if u.path == "" {
		return nil
	}
	if u.file, err = archive.Append(u.env.FS(), u.path); err != nil {
		return jobs.ArchiveError(u.path, err)
	}
	return nil
}

func (u *undecodableJobs) close() error {
	if u.file == nil {
		return nil
	}
	n := u.file.Records()
	if err := u.file.Close(u.env.Now()); err != nil {
		return jobs.WriteError(u.path, err)
	}
	if n > 0 {
		u.env.Info("%s saved in %s; restore with: %s", output.Plural(n, "undecodable job", "undecodable jobs"), u.path, cmderr.Try("replay").Of(u.path))
	}
	return nil
}

// accept notes that a job of a queue was decoded.
func (u *undecodableJobs) accept(e servers.Endpoint) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.decoded = true
	if b := u.queues[e]; b != nil {
		if b.pauses > 0 {
			u.env.Info("queue %s on %s: its jobs decode again", e.Queue, e.Server)
		}
		delete(u.queues, e)
	}
}

// reject discards a job that cannot be decoded. The error is a *workerpool.PauseQueue if its queue is to be paused; jobs
// taken after that decision are released.
func (u *undecodableJobs) reject(j *wire.ActiveJob, cause error) error {
	e := servers.Endpoint{Server: j.Server, Queue: string(j.Function)}
	pause, discard, decoded := u.count(e)
	if !discard {
		u.env.Warn("job %s of %s on %s released: %v; next attempt in %s", j.Handle, e.Queue, e.Server, cause, cmderr.ShortDuration(pause.Wait))
		return pause
	}
	if err := u.save(j, e); err != nil {
		return err
	}
	u.env.Warn("job %s of %s on %s discarded: %v", j.Handle, e.Queue, e.Server, cause)
	if err := j.Fail(); err != nil {
		return err
	}
	if u.file != nil {
		u.file.Acknowledged(1)
	}
	if pause == nil {
		return nil
	}
	if !decoded {
		return cmderr.WithHint(cmderr.Errorf("check work: no job could be decoded; the last %d were from %s on %s: %w", u.limit, e.Queue, e.Server, cause),
			"compare the key with the module's; inspect a job with: %s", cmderr.Try("peek").On(e.Server).Queues(e.Queue))
	}
	u.env.Warn("queue %s on %s paused after %d undecodable jobs in a row: its jobs wait; next attempt in %s", e.Queue, e.Server, u.limit, cmderr.ShortDuration(pause.Wait))
	return pause
}

// count counts an undecodable job. It returns whether the queue is to be paused, whether the job may be discarded, and
// whether any job was decoded since the start.
func (u *undecodableJobs) count(e servers.Endpoint) (pause *workerpool.PauseQueue, discard, decoded bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	b := u.queues[e]
	if b == nil {
		b = &failingQueue{}
		u.queues[e] = b
	}
	b.inRow++
	if u.limit == 0 || b.inRow < u.limit {
		return nil, true, u.decoded
	}
	now := u.env.Now()
	if !b.pausedUntil.After(now) {
		b.pausedUntil = now.Add(pauseAfter(b.pauses))
		b.pauses++
	}
	discard = b.inRow == u.limit
	return &workerpool.PauseQueue{Wait: b.pausedUntil.Sub(now), Answered: discard}, discard, u.decoded
}

// pauseAfter is how long a queue is paused after so many pauses: a minute, doubled each time, at most an hour.
func pauseAfter(times int) time.Duration { return min(time.Minute<<min(times, 10), time.Hour) }

// save archives a job before it is discarded.
func (u *undecodableJobs) save(j *wire.ActiveJob, e servers.Endpoint) error {
	if u.file == nil {
		return nil
	}
	err := u.file.Add(&archive.Record{
		Server: e.Server, Queue: e.Queue, Handle: string(j.Handle), Unique: string(j.Unique), DrainedAt: u.env.Now(), Data: j.Workload,
	})
	if err = errors.Join(err, u.file.Sync()); err != nil {
		return jobs.WriteError(u.path, err)
	}
	return nil
}

// paused names the paused queues for status replies; empty: none.
func (u *undecodableJobs) paused() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var left []string
	for e, b := range u.queues {
		if b.pausedUntil.After(u.env.Now()) {
			left = append(left, fmt.Sprintf("%s on %s until %s", e.Queue, e.Server, b.pausedUntil.Format(time.TimeOnly)))
		}
	}
	if len(left) == 0 {
		return ""
	}
	slices.Sort(left)
	return "paused after undecodable jobs: " + strings.Join(left, ", ")
}
