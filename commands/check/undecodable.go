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
	"gearctl/commands/internal/workerpool"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// undecodable decides what happens to jobs that check work cannot read. They are discarded, as all workers of Mod-Gearman
// do, but only a few in a row: a queue of a server that brings nothing else is left for some time, and its jobs wait.
type undecodable struct {
	env  *cli.Env
	most int             // in a row, from one queue of one server; 0: any number
	path string          // where they are kept; empty: nowhere
	file *archive.Writer // nil: nowhere

	mu      sync.Mutex
	queues  map[cli.Endpoint]*badQueue
	decoded bool // at least one job since the start
}

// badQueue is a queue whose last jobs could not be read.
type badQueue struct {
	inRow int
	left  int       // times in a row
	until time.Time // when it is served again
}

// open makes ready to keep jobs.
func (u *undecodable) open() (err error) {
	if u.path == "" {
		return nil
	}
	if u.file, err = archive.Append(u.env.FS(), u.path); err != nil {
		return jobs.ArchiveError(u.path, err)
	}
	return nil
}

func (u *undecodable) close() error {
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

// good notes that a job of a queue could be read.
func (u *undecodable) good(e cli.Endpoint) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.decoded = true
	if b := u.queues[e]; b != nil {
		if b.left > 0 {
			u.env.Info("queue %s on %s: its jobs decode again", e.Queue, e.Server)
		}
		delete(u.queues, e)
	}
}

// bad answers a job that cannot be read. The error is a *leaveQueue when its queue is to be left; a job that was taken
// after that was decided is not answered, and goes back.
func (u *undecodable) bad(j *wire.ActiveJob, cause error) error {
	e := cli.Endpoint{Server: j.Server, Queue: string(j.Function)}
	leave, discard, decoded := u.judge(e)
	if !discard {
		u.env.Warn("job %s of %s on %s released: %v; next attempt in %s", j.Handle, e.Queue, e.Server, cause, cmderr.ShortDuration(leave.Wait))
		return leave
	}
	if err := u.keep(j, e); err != nil {
		return err
	}
	u.env.Warn("job %s of %s on %s discarded: %v", j.Handle, e.Queue, e.Server, cause)
	if err := j.Fail(); err != nil || leave == nil {
		return err
	}
	if !decoded {
		return cmderr.WithHint(cmderr.Errorf("check work: no job could be decoded; the last %d were from %s on %s: %w", u.most, e.Queue, e.Server, cause),
			"compare the key with the module's; inspect a job with: %s", cmderr.Try("peek").On(e.Server).Queues(e.Queue))
	}
	u.env.Warn("queue %s on %s paused after %d undecodable jobs in a row: its jobs wait; next attempt in %s", e.Queue, e.Server, u.most, cmderr.ShortDuration(leave.Wait))
	return leave
}

// judge counts a job that cannot be read. It says whether the queue is to be left, whether the job may be discarded, and
// whether any job could be read since the start.
func (u *undecodable) judge(e cli.Endpoint) (leave *workerpool.PauseQueue, discard, decoded bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	b := u.queues[e]
	if b == nil {
		b = &badQueue{}
		u.queues[e] = b
	}
	b.inRow++
	if u.most == 0 || b.inRow < u.most {
		return nil, true, u.decoded
	}
	now := u.env.Now()
	if !b.until.After(now) {
		b.until = now.Add(leftFor(b.left))
		b.left++
	}
	discard = b.inRow == u.most
	return &workerpool.PauseQueue{Wait: b.until.Sub(now), Answered: discard}, discard, u.decoded
}

// leftFor is how long a queue is left: a minute, twice as long each time, an hour at most.
func leftFor(times int) time.Duration { return min(time.Minute<<min(times, 10), time.Hour) }

// keep makes a job safe before it is discarded.
func (u *undecodable) keep(j *wire.ActiveJob, e cli.Endpoint) error {
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

// state names the queues that are left now, for the answer to a probe; empty: none.
func (u *undecodable) state() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var left []string
	for e, b := range u.queues {
		if b.until.After(u.env.Now()) {
			left = append(left, fmt.Sprintf("%s on %s until %s", e.Queue, e.Server, b.until.Format(time.TimeOnly)))
		}
	}
	if len(left) == 0 {
		return ""
	}
	slices.Sort(left)
	return "paused after undecodable jobs: " + strings.Join(left, ", ")
}
