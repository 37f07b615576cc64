package commands

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

const (
	goneGrace   = time.Second            // for a result, once the server does not know the job any more
	cleanupTime = 900 * time.Millisecond // after --wait, for taking a job back and removing a private queue
)

// privateQueue begins the names of the queues where we wait for results.
const privateQueue = "gearctl_check_"

// checkWaiter is a running check command with --wait.
type checkWaiter struct {
	env     *Env
	o       *checkOptions
	d       *wire.Dialer
	servers []string
}

// waitForChecks sends checks, waits for the result of each and prints it. The error is the worst of their states.
func waitForChecks(ctx context.Context, env *Env, o *checkOptions, m *checkMaker) error {
	p, err := newCheckPrinter(env, o)
	if err != nil {
		return err
	}
	w := &checkWaiter{env: env, o: o}
	if w.d, w.servers, err = env.network(); err != nil {
		return err
	}
	var wg sync.WaitGroup
	var begun atomic.Int64
	for range min(int64(o.parallel), o.count) {
		slot := w.slot(m.clone())
		wg.Go(func() {
			defer slot.close()
			for good := true; good && ctx.Err() == nil && begun.Add(1) <= o.count; {
				good = p.print(slot.run(ctx))
			}
		})
	}
	wg.Wait()
	return p.close()
}

// checkSlot has one check at a time on its way.
type checkSlot struct {
	*checkWaiter
	m         *checkMaker
	unique    *wire.UniqueSource
	pool      *connPool // for submitting and looking after jobs
	listeners []*resultListener
}

func (w *checkWaiter) slot(m *checkMaker) *checkSlot {
	s := &checkSlot{checkWaiter: w, m: m, unique: wire.NewUniqueSource(), pool: &connPool{env: w.env, d: w.d}}
	for _, server := range w.servers {
		s.listeners = append(s.listeners, &resultListener{env: w.env, d: w.d, server: server})
	}
	return s
}

func (s *checkSlot) close() {
	s.pool.close()
	for _, l := range s.listeners {
		l.close()
	}
}

// run sends a check and returns what became of it, within --wait from JOB_CREATED on and cleanupTime, also when the servers
// have fallen silent.
func (s *checkSlot) run(ctx context.Context) checkRow {
	unique := s.unique.Next()
	t := &trip{checkSlot: s, private: privateQueue + unique, sent: s.env.Now(), row: checkRow{
		Queue: s.m.check.TargetQueue, Type: s.o.kind.String(), Host: s.o.host, Service: s.o.service, ReturnCode: stateUnknown, failed: true,
	}}
	arrivals := make(chan arrival, 1)
	stop := s.listen(context.WithoutCancel(ctx), t.private, arrivals)
	t.send(ctx, unique, arrivals)
	end, cancel := context.WithDeadline(context.WithoutCancel(ctx), t.limit(ctx))
	defer cancel()
	stop(end)
	t.end(end)
	if ctx.Err() != nil && t.row.failed {
		t.row.Output = context.Cause(ctx).Error() + "; " + t.row.Output
	}
	return t.row
}

// listen waits for results in queue on every server until stop is called. The first goes to arrivals. stop closes the
// connections that are still busy when half of its context's time is over.
func (s *checkSlot) listen(ctx context.Context, queue string, arrivals chan<- arrival) (stop func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	for _, l := range s.listeners {
		wg.Go(func() {
			l.listen(ctx, hard, queue, func(a arrival) {
				select {
				case arrivals <- a:
				default:
				}
			})
		})
	}
	return func(end context.Context) {
		cancel()
		half, stop := halfOf(end)
		defer stop()
		context.AfterFunc(half, cut)
		wg.Wait()
		cut()
	}
}

// halfOf returns a context that ends when half of the time that ctx has left is over.
func halfOf(ctx context.Context) (context.Context, context.CancelFunc) {
	until, _ := ctx.Deadline()
	return context.WithTimeout(ctx, time.Until(until)/2)
}

// trip is one check on its way.
type trip struct {
	*checkSlot
	private string // result queue
	sent    time.Time
	row     checkRow
	conn    *wire.Conn // to the server that has the job; nil: no server has it
	handle  string
	created time.Time // when the server had taken it
	fate    jobFate
	done    bool // its result came
}

// send submits the check and waits for its result.
func (t *trip) send(ctx context.Context, unique string, arrivals <-chan arrival) {
	t.m.check.ResultQueue = t.private
	job, err := t.m.next(t.sent, unique)
	if err == nil {
		// Without the answer nobody could cancel the job.
		sctx, cancel := outlasting(ctx, cleanupTime)
		t.conn, t.handle, err = t.pool.submit(sctx, job, t.servers)
		t.created = time.Now()
		cancel()
	}
	if err != nil {
		if maybeSubmitted(err) {
			t.fate.lost = err
		}
		t.row.Output, t.row.Total = oneLine(err), t.env.Now().Sub(t.sent).Seconds()
		return
	}
	t.row.Server = t.conn.Server()
	wctx, cancel := context.WithTimeoutCause(ctx, t.o.wait, errWaitedEnough)
	defer cancel()
	a, ok := t.await(wctx, arrivals)
	now := t.env.Now()
	if ok {
		t.done = true
		now = a.at
		t.decode(a)
	}
	t.row.Total = now.Sub(t.sent).Seconds()
}

// limit returns when cleaning up must be over.
func (t *trip) limit(ctx context.Context) time.Time {
	if t.conn == nil || ctx.Err() != nil {
		return time.Now().Add(cleanupTime)
	}
	return t.created.Add(t.o.wait + cleanupTime)
}

// maybeSubmitted reports whether a server may have a job although submitting it failed.
func maybeSubmitted(err error) bool {
	for _, leaf := range flatten(err) {
		var op *wire.OpError
		var refused *wire.ServerError
		if !errors.As(leaf, &refused) && (!errors.As(leaf, &op) || !op.Safe) {
			return true
		}
	}
	return false
}

// outlasting returns a context that ends d after ctx.
func outlasting(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if pause(longer, d) {
			cancel(context.Cause(ctx))
		}
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}

// await waits for the result, and looks after the job meanwhile.
func (t *trip) await(ctx context.Context, arrivals <-chan arrival) (arrival, bool) {
	lctx, stop := context.WithCancel(ctx)
	looks := make(chan jobLook)
	var wg sync.WaitGroup
	wg.Go(func() {
		if !watchJob(lctx, t.conn, t.row.Queue, t.handle, looks) {
			t.pool.drop(t.conn)
		}
	})
	defer wg.Wait()
	defer stop()
	var enough <-chan time.Time
	for {
		select {
		case a := <-arrivals:
			return a, true
		case l := <-looks:
			t.see(l)
			switch {
			case t.fate.gone.IsZero():
				enough = nil
			case enough == nil:
				enough = time.After(goneGrace)
			}
		case <-enough:
			return arrival{}, false
		case <-ctx.Done():
			return arrival{}, false
		}
	}
}

// see takes a look, and tells what a person would want to know before the end.
func (t *trip) see(l jobLook) {
	died := t.fate.died
	t.fate.see(l)
	if t.o.count > 1 {
		return
	}
	switch {
	case l.queue != nil && l.queue.Workers == 0:
		t.env.Info("queue %s on %s has no worker; waiting for one", t.row.Queue, t.row.Server)
	case t.fate.died && !died:
		t.env.Info("the worker that ran the check is gone; it waits again in queue %s on %s", t.row.Queue, t.row.Server)
	}
}

// decode fills the row from a result.
func (t *trip) decode(a arrival) {
	p, err := modgearman.Decode(a.payload, t.m.key)
	if err == nil {
		var res modgearman.Result
		if res, err = p.Result(); err == nil {
			earliest := t.sent
			if t.fate.waiting.After(earliest) {
				earliest = t.fate.waiting
			}
			t.row.failed = false
			t.row.fill(res, a.at, earliest, t.sent)
			return
		}
	}
	t.fate.undecoded = err
}

// end, until ctx ends, takes back what nobody has taken, removes the private queue everywhere, and says why no result came.
func (t *trip) end(ctx context.Context) {
	if t.conn != nil && !t.done {
		half, cancel := halfOf(ctx)
		t.abandon(half)
		cancel()
	}
	var wg sync.WaitGroup
	for _, l := range t.listeners {
		wg.Go(func() { l.remove(ctx, t.private, t.done || !t.fate.mayAnswer()) })
	}
	wg.Wait()
	if t.conn != nil && !t.done && t.fate.mayAnswer() {
		t.env.Info("the result may still come, to queue %s: %s", t.private, try("drain", "--yes").queues(t.private))
	}
	if t.row.failed && t.conn != nil {
		waited := min(t.o.wait, time.Duration(t.row.Total*float64(time.Second)))
		t.row.Output = t.fate.cause(t.row.Server, t.row.Queue, waited, t.m.key)
		t.row.wrongKey = t.fate.discarded()
	}
}

// abandon takes a last look at the job and takes it back when it waits.
func (t *trip) abandon(ctx context.Context) {
	c, err := t.pool.get(ctx, t.row.Server)
	if err != nil {
		t.fate.lost = err
		return
	}
	defer closeAt(ctx, c)()
	last := lookAtJob(ctx, c, t.handle)
	t.fate.see(last)
	if last.err != nil {
		return
	}
	t.fate.end, _ = lookAtQueue(ctx, c, t.row.Queue)
	if !last.state.Known || last.state.Running {
		return
	}
	if _, err := takeBack(ctx, c, t.row.Queue, t.handle); err != nil {
		t.env.Verbose("%v", err)
	}
	if again := lookAtJob(ctx, c, t.handle); again.err == nil && again.state.Running { // taken at the last moment
		t.fate.see(again)
	}
}
