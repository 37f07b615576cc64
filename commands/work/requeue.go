package work

import (
	"context"
	"maps"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// requeuer decides which failed jobs go back to their queue. They are put back by the server itself, to which they are given
// back without an answer: so a job keeps its handle, unique key, priority and workload, none is lost or doubled whatever
// ends, and the server counts for all workers how often it was put back (RETRIES in show jobs). A copy would need another
// unique key, since one with that of the running job is merged into it, and would start without history.
type requeuer struct {
	env      *cli.Env
	dialer   *wire.Dialer
	attempts int64
	delay    time.Duration

	mu      sync.Mutex
	servers map[string]*failures
}

func newRequeuer(env *cli.Env, d *wire.Dialer, o *options) *requeuer {
	return &requeuer{env: env, dialer: d, attempts: int64(o.requeue), delay: o.requeueDelay, servers: map[string]*failures{}}
}

// failures is what is known of the failed jobs of a server.
type failures struct {
	asking  sync.Mutex    // held while the server is asked
	checked time.Time     // when it was found to keep jobs that are put back
	read    time.Time     // when show jobs was read
	took    time.Duration // how long that took
	none    bool          // the server has no show jobs

	mu         sync.Mutex
	attempts   map[string]int64 // of jobs that failed here and were put back, by handle
	released   map[string]int64 // how often the server had put a job back when show jobs was read, by handle
	foreground map[string]bool  // handles of foreground jobs, at the same time
}

const (
	// readInterval is how old the list of jobs may be when a job fails.
	readInterval = time.Second
	// readShare bounds the part of the time that a server spends with writing its list, during which it does nothing else.
	readShare = 100
	// maxListed bounds the jobs of a list that are kept.
	maxListed = 100_000
)

// verdict is what becomes of a failed job.
type verdict struct {
	attempt    int64
	foreground bool // a client waits for it
	again      bool // it goes back to its queue
}

// judge decides about a job that has failed. Where the server does not answer, there is another attempt.
func (q *requeuer) judge(ctx context.Context, j *wire.ActiveJob) (v verdict) {
	f := q.of(j.Server)
	handle := string(j.Handle)
	waits, err := wire.WithConn(ctx, q.dialer, j.Server, func(ctx context.Context, c *wire.Conn) (bool, error) {
		return f.ask(ctx, c, q.env.Now, string(j.Unique))
	})
	if err != nil {
		q.env.Verbose("job %s: %v", handle, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v.foreground = waits || f.foreground[handle]
	v.attempt = max(f.attempts[handle], f.released[handle]) + 1
	f.attempts[handle] = v.attempt
	v.again = !v.foreground && v.attempt < q.attempts
	if !v.again {
		delete(f.attempts, handle)
	}
	return v
}

// when says when a job is put back, for messages.
func (q *requeuer) when() string {
	if q.delay == 0 {
		return ""
	}
	return " in " + cmderr.ShortDuration(q.delay)
}

// done forgets a job that was completed.
func (q *requeuer) done(j *wire.ActiveJob) {
	f := q.of(j.Server)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.attempts, string(j.Handle))
}

func (q *requeuer) of(server string) *failures {
	q.mu.Lock()
	defer q.mu.Unlock()
	f := q.servers[server]
	if f == nil {
		f = &failures{attempts: map[string]int64{}}
		q.servers[server] = f
	}
	return f
}

// ask reports whether a client waits for the job with a unique key, and reads the list of jobs, unless that would cost the
// server too much. For a job that has no unique key of its own the list must be newer than the job.
func (f *failures) ask(ctx context.Context, c *wire.Conn, now func() time.Time, unique string) (waits bool, err error) {
	interval := readInterval
	if unique == "" || unique == "-" {
		interval = 0
	} else {
		s, err := c.JobStatusUnique(ctx, unique)
		switch {
		case servers.IsRefusal(err):
			interval = 0
		case err != nil:
			return false, err
		}
		waits = s.Clients > 0
	}
	f.asking.Lock()
	defer f.asking.Unlock()
	begun := now()
	if !f.due(begun, interval) {
		return waits, nil
	}
	err = f.list(ctx, c)
	f.read, f.took, f.none = now(), now().Sub(begun), servers.IsRefusal(err) // gearmand before 1.1.6
	if f.none {
		err = nil
	}
	return waits, err
}

// due reports whether the list may be read at a time: not sooner than interval, nor than readShare times what reading took.
func (f *failures) due(at time.Time, interval time.Duration) bool {
	return !f.none && (f.read.IsZero() || at.Sub(f.read) >= max(interval, readShare*f.took))
}

// list reads the list of jobs.
func (f *failures) list(ctx context.Context, c *wire.Conn) error {
	f.mu.Lock()
	gone := maps.Clone(f.attempts)
	f.mu.Unlock()
	released, foreground := map[string]int64{}, map[string]bool{}
	_, err := c.EachJob(ctx, func(e wire.JobEntry) error {
		delete(gone, e.Handle)
		if e.Retries > 0 && len(released) < maxListed {
			released[e.Handle] = e.Retries
		}
		if !e.Background && !e.Ignored && len(foreground) < maxListed {
			foreground[e.Handle] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.released, f.foreground = released, foreground
	for handle := range gone { // others have done them
		delete(f.attempts, handle)
	}
	return nil
}
