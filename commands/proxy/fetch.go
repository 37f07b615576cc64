package proxy

import (
	"context"
	"errors"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/spool"
)

// takeWindow is how many jobs a route asks for at a time, and so the most that it holds that are not acknowledged once
// it has taken what waited at the beginning. Of that it holds up to holdMax.
const (
	takeWindow = 2000
	holdMax    = 1_000_000
)

// A batch of jobs is stored when it holds so many bytes, or when it is to be acknowledged. Their payloads lie in pieces
// of arenaSize.
const (
	batchMax  = 256 << 10
	arenaSize = 128 << 10
)

// spoolRetry is how often a spool that has no room is tried again.
const spoolRetry = 500 * time.Millisecond

// jobTaker takes jobs from a route's source into its spool.
type jobTaker struct {
	p      *proxy
	c      *routeCounts
	unique *wire.UniqueSource
	ctx    context.Context // of the proxy

	batch    []archive.Record // not stored
	rejected []archive.Record // not stored
	bytes    int
	arena    []byte
	taken    int64 // jobs of the running Take that were accepted
	stored   int64 // of them
	patient  bool  // wait for room in the spool
	refused  error // why the spool did not take the batch
}

// run takes jobs until ctx ends.
func (t *jobTaker) run(ctx context.Context) error {
	t.ctx = ctx
	return t.p.s.Run(ctx, t.c.route.from.Server, t.take)
}

// take takes jobs on one connection. When that breaks, what it was handed out is stored all the same: a server may
// forget what a worker held, and else the job comes twice.
func (t *jobTaker) take(ctx context.Context, c *wire.Conn) error {
	if err := t.p.circles.introduce(ctx, c); err != nil {
		return err
	}
	if err := t.p.prove(ctx, c); err != nil {
		return err
	}
	t.p.env.Verbose("%s: taking", t.c.route)
	err := t.takeAll(ctx, c)
	if t.refused == nil && connect.IsOutage(err) {
		t.store()
	}
	t.forget()
	if ctx.Err() != nil && t.refused != nil {
		return context.Cause(ctx) // what the spool did not take is at the source
	}
	return err
}

// takeAll takes first what waits already, and acknowledges it newest first, which is the order in which gearmand is fast;
// then, or when the spool takes no more of that, it takes jobs as they come, and holds few at a time.
func (t *jobTaker) takeAll(ctx context.Context, c *wire.Conn) error {
	how := wire.Take{
		Function: t.c.route.from.Queue, ClientID: t.p.circles.probe.ClientID(c.Server()), Answer: wire.AnswerComplete,
		Window: takeWindow, MaxUnacked: holdMax, Job: t.job, Sync: t.sync,
		Acknowledge: func(n int64) bool { return n < t.stored },
	}
	if !t.p.o.acceptRisk {
		t.patient, t.refused, t.taken, t.stored = false, nil, 0, 0
		if _, err := c.Take(ctx, &how); err != nil && (connect.IsOutage(err) || ctx.Err() != nil || t.refused == nil) {
			return err
		}
	}
	t.forget()
	t.patient, t.refused, t.taken, t.stored = true, nil, 0, 0
	how.AckImmediately, how.Follow = true, true
	_, err := c.Take(ctx, &how)
	return err
}

// job adds a job to the batch.
func (t *jobTaker) job(j wire.Job) error {
	if t.refused != nil {
		return t.refused
	}
	r := archive.Record{
		Server: t.c.route.from.Server, Queue: t.c.route.from.Queue, Handle: string(j.Handle), Unique: jobs.KeyAtTarget(t.unique, t.c.route.to.Queue, string(j.Unique), j.Workload), DrainedAt: t.p.env.Now(),
	}
	t.c.bytesIn.Add(int64(len(j.Workload)))
	var err error
	start := t.room(len(j.Workload))
	t.arena, r.Priority, err = t.c.route.recoder.recode(t.arena, j.Workload)
	if err != nil {
		t.arena = append(t.arena, j.Workload...)
		t.c.reject(t.p.env, r.Handle, err)
		r.Unique, r.Data = string(j.Unique), t.arena[start:len(t.arena):len(t.arena)]
		t.rejected = append(t.rejected, r)
	} else {
		r.Data = t.arena[start:len(t.arena):len(t.arena)]
		t.batch = append(t.batch, r)
	}
	t.taken++
	if t.bytes += len(r.Data); t.bytes < batchMax {
		return nil
	}
	if err := t.store(); err != nil {
		t.taken-- // it is not ours then
		return err
	}
	return nil
}

// sync makes the batch safe before jobs are acknowledged. What was refused is not, and goes back.
func (t *jobTaker) sync() error {
	if t.refused == nil {
		t.store()
	}
	return nil
}

// room makes sure that a payload of a size, and what a new key makes of it, fits into the arena, and returns where.
func (t *jobTaker) room(size int) (start int) {
	if want := 2*size + 1024; cap(t.arena)-len(t.arena) < want {
		t.arena = make([]byte, 0, max(want, arenaSize))
	}
	return len(t.arena)
}

// store returns when the batch is in the spool. While that has no room a patient one waits, and the source holds the
// jobs for us. When the proxy is to stop meanwhile, or at once, they are refused.
func (t *jobTaker) store() error {
	for told := false; ; told = true {
		err := t.storeNow()
		if err == nil {
			if told {
				t.p.env.Info("%s: the spool accepts jobs again", t.c.route)
			}
			return nil
		}
		if t.patient && !told {
			t.p.env.Warn("%s: %v: jobs wait at the source; retrying", t.c.route, t.p.spoolProblem(err))
		}
		if !t.patient || !cmderr.Pause(t.ctx, spoolRetry) {
			t.refused = err
			return err
		}
	}
}

func (t *jobTaker) storeNow() error {
	if err := t.c.queue.Reject(t.rejected); err != nil {
		return err
	}
	t.rejected = nil
	if err := t.c.queue.Put(t.batch); err != nil {
		return err
	}
	t.stored = t.taken
	t.forget()
	return nil
}

// forget begins a new batch.
func (t *jobTaker) forget() {
	t.batch, t.rejected, t.bytes = make([]archive.Record, 0, len(t.batch)), nil, 0
}

func (p *proxy) spoolProblem(err error) error {
	if errors.Is(err, spool.ErrFull) {
		return cmderr.Errorf("the spool has reached its limit, %s", output.Bytes(p.dir.Used()))
	}
	return cmderr.Errorf("write to the spool: %w", err)
}
