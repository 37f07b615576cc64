package proxy

import (
	"context"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// takeWindow is how many jobs a route requests at a time, and so the most unacknowledged jobs that it holds, except at the
// start: of the jobs waiting then it holds up to maxUnacked.
const (
	takeWindow = 2000
	maxUnacked = 1_000_000
)

// A batch is stored when it holds batchMax bytes or before it is acknowledged. Its payloads are allocated in blocks of
// arenaSize.
const (
	batchMax  = 256 << 10
	arenaSize = 128 << 10
)

// spoolRetry is the interval of retries while the spool has no room.
const spoolRetry = 500 * time.Millisecond

// fetcher stores the jobs of a route's source in its spool, each once, even if a source whose store has failed keeps it.
type fetcher struct {
	p       *proxy
	c       *routeStats
	unique  *wire.UniqueSource
	ctx     context.Context // of the proxy
	witness connect.Witness
	memory  *jobs.Memory // what is stored, of the source's present run
	warned  bool         // that the source assigns jobs again

	batch       []archive.Record // not stored yet
	rejected    []archive.Record // not stored yet
	digests     []uint64         // of both, for memory
	bytes       int
	arena       []byte
	taken       int64 // jobs of the running Take that were accepted
	stored      int64 // of them
	waitForRoom bool  // wait for room in the spool
	spoolErr    error // why the spool did not take the batch
}

// run fetches jobs until ctx ends.
func (t *fetcher) run(ctx context.Context) error {
	t.ctx = ctx
	defer t.witness.Close()
	return t.p.supervisor.Run(ctx, t.c.route.from.Server, t.take)
}

// take fetches jobs on one connection. When that breaks, the jobs received are stored nevertheless: a server may forget
// those that a worker held, and otherwise they arrive twice.
func (t *fetcher) take(ctx context.Context, c *wire.Conn) error {
	if err := t.p.loops.introduce(ctx, c); err != nil {
		return err
	}
	if err := t.p.checkRelease(ctx, c); err != nil {
		return err
	}
	same, err := t.witness.SameRun(ctx, t.p.supervisor.Dialer, c.Server())
	if err != nil {
		return err
	}
	if !same {
		t.memory, t.warned = jobs.NewMemory(), false
	}
	t.p.env.Verbose("%s: taking", t.c.route)
	err = t.takeJobs(ctx, c)
	if t.spoolErr == nil && connect.IsOutage(err) {
		t.store()
	}
	t.resetBatch()
	if ctx.Err() != nil && t.spoolErr != nil {
		return context.Cause(ctx) // jobs that are not in the spool are at the source
	}
	return err
}

// takeJobs first takes the jobs that wait and acknowledges them newest first, the order in which gearmand is fast. Then, or
// when the spool is full, it takes jobs as they arrive and holds few at a time.
func (t *fetcher) takeJobs(ctx context.Context, c *wire.Conn) error {
	take := wire.Take{
		Function: t.c.route.from.Queue, ClientID: t.p.loops.clientID(c), Answer: wire.AnswerComplete,
		Window: takeWindow, MaxUnacked: maxUnacked, Job: t.add, Sync: t.sync,
		Acknowledge: func(n int64) bool { return n < t.stored },
	}
	if !t.p.o.acceptRisk {
		t.waitForRoom, t.spoolErr, t.taken, t.stored = false, nil, 0, 0
		if _, err := c.Take(ctx, &take); err != nil && (connect.IsOutage(err) || ctx.Err() != nil || t.spoolErr == nil) {
			return err
		}
	}
	t.resetBatch()
	t.waitForRoom, t.spoolErr, t.taken, t.stored = true, nil, 0, 0
	take.AckImmediately, take.Follow = true, true
	_, err := c.Take(ctx, &take)
	return err
}

// add appends a job to the batch, unless it is already stored.
func (t *fetcher) add(j wire.Job) error {
	if t.spoolErr != nil {
		return t.spoolErr
	}
	digest := t.memory.Digest(j)
	if t.memory.Has(digest) {
		t.taken++
		t.countAgain()
		return nil
	}
	t.digests = append(t.digests, digest)
	r := t.p.record(t.c.route, j)
	r.Unique = jobs.KeyAtTarget(t.unique, t.c.route.to.Queue, r.Unique, j.Workload)
	t.c.bytesIn.Add(int64(len(j.Workload)))
	var err error
	start := t.reserve(len(j.Workload))
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
		t.taken-- // it stays at the source
		return err
	}
	return nil
}

// sync stores the batch before its jobs are acknowledged. Jobs that the spool refused are not acknowledged.
func (t *fetcher) sync() error {
	if t.spoolErr == nil {
		t.store()
	}
	return nil
}

// reserve makes room in the arena for a payload, also when it is re-encrypted, and returns where it begins.
func (t *fetcher) reserve(size int) (start int) {
	if want := 2*size + 1024; cap(t.arena)-len(t.arena) < want {
		t.arena = make([]byte, 0, max(want, arenaSize))
	}
	return len(t.arena)
}

// store stores the batch. While the spool has no room it waits if it may, and the source holds the jobs; if not, or when
// the proxy is stopped meanwhile, they are refused.
func (t *fetcher) store() error {
	t.spoolErr = t.storeNow()
	if t.spoolErr != nil && t.waitForRoom {
		t.spoolErr = t.p.retryStore(t.ctx, t.c.route, t.spoolErr, t.storeNow)
	}
	return t.spoolErr
}

func (t *fetcher) storeNow() error {
	if err := t.c.queue.Reject(t.rejected); err != nil {
		return err
	}
	t.rejected = nil
	if err := t.c.queue.Put(t.batch); err != nil {
		return err
	}
	t.stored = t.taken
	t.memory.Add(t.digests)
	t.resetBatch()
	return nil
}

// resetBatch starts a new batch.
func (t *fetcher) resetBatch() {
	t.batch, t.rejected, t.digests, t.bytes = make([]archive.Record, 0, len(t.batch)), nil, t.digests[:0], 0
}

// countAgain counts a job that the source assigned again although it was stored, and warns of the first. It is acknowledged
// once more.
func (t *fetcher) countAgain() {
	t.c.again.Add(1)
	if t.warned {
		return
	}
	t.warned = true
	t.p.env.Warn("%s: the source assigns jobs again that are already taken: they are acknowledged again, not carried twice; "+
		"later ones are only counted (if it goes on, the source's store, gearmand --queue-type, may have failed: %s)",
		t.c.route, cmderr.Try("doctor").On(t.c.route.from.Server))
}
