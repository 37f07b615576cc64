// Package roundtrip sends a test check through queue, worker and result queue, and finds out why none came back.
package roundtrip

import (
	"context"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

const (
	goneGrace   = time.Second            // for a result, once the server does not know the job any more
	cleanupTime = 900 * time.Millisecond // after the wait, for taking a job back and removing a private queue
)

// checker sends checks, one at a time, and waits for the result of each.
type checker struct {
	client    *connect.Client
	servers   []string      // a check goes to the first that accepts it, its result may come to any
	wait      time.Duration // for a result
	Watched   bool          // report what becomes of a check before its end
	m         *CheckMaker
	unique    *wire.UniqueSource
	pool      *connect.Pool // for submitting and looking after jobs
	listeners []*resultListener
}

func NewChecker(c *connect.Client, servers []string, wait time.Duration, m *CheckMaker) *checker {
	s := &checker{client: c, servers: servers, wait: wait, m: m, unique: wire.NewUniqueSource(), pool: &connect.Pool{Client: c}}
	for _, server := range servers {
		s.listeners = append(s.listeners, &resultListener{client: c, server: server})
	}
	return s
}

func (s *checker) Close() {
	s.pool.Close()
	for _, l := range s.listeners {
		l.close()
	}
}

// Run sends a check and returns what became of it, within wait from JOB_CREATED on and cleanupTime, also when the servers
// have fallen silent.
func (s *checker) Run(ctx context.Context) CheckRow {
	unique := s.unique.Next()
	check := &s.m.Check
	t := &roundTrip{checker: s, private: servers.ResultQueuePrefix + unique, sent: s.client.Now(), row: CheckRow{
		Queue: check.TargetQueue, Type: check.Kind.String(), Host: check.Host, Service: check.Service, ReturnCode: nagios.StateUnknown, Failed: true,
	}}
	arrivals := make(chan arrival, 1)
	stop := s.listen(context.WithoutCancel(ctx), t.private, arrivals)
	t.send(ctx, unique, arrivals)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.timeToEnd(ctx))
	defer cancel()
	stop(end)
	t.end(end)
	if ctx.Err() != nil && t.row.Failed {
		t.row.Output = context.Cause(ctx).Error() + "; " + t.row.Output
	}
	return t.row
}

// listen waits for results in queue on every server until stop is called. The first goes to arrivals. stop closes the
// connections that are still busy when half of its context's time is over.
func (s *checker) listen(ctx context.Context, queue string, arrivals chan<- arrival) (stop func(context.Context)) {
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

// roundTrip is one check on its way.
type roundTrip struct {
	checker *checker
	private string // result queue
	sent    time.Time
	row     CheckRow
	conn    *wire.Conn // to the server that has the job; nil: no server has it
	handle  string
	created time.Time // when the server had taken it
	fate    jobFate
	done    bool // its result came
}

// send submits the check and waits for its result.
func (t *roundTrip) send(ctx context.Context, unique string, arrivals <-chan arrival) {
	t.checker.m.Check.ResultQueue = t.private
	job, err := t.checker.m.Next(t.sent, unique)
	if err == nil {
		// Without the answer nobody could cancel the job.
		sctx, cancel := connect.WithGrace(ctx, cleanupTime)
		t.conn, t.handle, err = t.checker.pool.Submit(sctx, job, t.checker.servers)
		t.created = t.checker.client.Now()
		cancel()
	}
	if err != nil {
		if connect.MaybeSubmitted(err) {
			t.fate.lost = err
		}
		t.row.Output, t.row.Total = cmderr.OneLine(err), t.checker.client.Now().Sub(t.sent).Seconds()
		return
	}
	t.row.Server = t.conn.Server()
	wctx, cancel := context.WithTimeoutCause(ctx, t.checker.wait, cmderr.ErrWaitedEnough)
	defer cancel()
	a, ok := t.await(wctx, arrivals)
	now := t.checker.client.Now()
	if ok {
		t.done = true
		now = a.at
		t.decode(a)
	}
	t.row.Total = now.Sub(t.sent).Seconds()
}

// timeToEnd returns how long cleaning up may take.
func (t *roundTrip) timeToEnd(ctx context.Context) time.Duration {
	if t.conn == nil || ctx.Err() != nil {
		return cleanupTime
	}
	return t.checker.wait + cleanupTime - t.checker.client.Now().Sub(t.created)
}

// await waits for the result, and looks after the job meanwhile.
func (t *roundTrip) await(ctx context.Context, arrivals <-chan arrival) (arrival, bool) {
	lctx, stop := context.WithCancel(ctx)
	looks := make(chan jobLook)
	var wg sync.WaitGroup
	wg.Go(func() {
		if !t.watch(lctx, looks) {
			t.checker.pool.Drop(t.conn)
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
func (t *roundTrip) see(l jobLook) {
	died := t.fate.died
	t.fate.see(l)
	if !t.checker.Watched {
		return
	}
	switch {
	case l.queue != nil && l.queue.Workers == 0:
		t.checker.client.Log.Info("queue %s on %s has no worker; waiting for one", t.row.Queue, t.row.Server)
	case t.fate.died && !died:
		t.checker.client.Log.Info("the worker that ran the check disconnected; the check was requeued in %s on %s", t.row.Queue, t.row.Server)
	}
}

// decode fills the row from a result.
func (t *roundTrip) decode(a arrival) {
	p, err := modgearman.Decode(a.payload, t.checker.m.Key)
	if err == nil {
		var res modgearman.Result
		if res, err = p.Result(); err == nil {
			earliest := t.sent
			if t.fate.waiting.After(earliest) {
				earliest = t.fate.waiting
			}
			t.row.Failed = false
			t.row.Fill(res, a.at, earliest, t.sent)
			return
		}
	}
	t.fate.undecoded = err
}

// end, until ctx ends, takes back what nobody has taken, removes the private queue everywhere, and says why no result came.
func (t *roundTrip) end(ctx context.Context) {
	if t.conn != nil && !t.done {
		half, cancel := halfOf(ctx)
		t.abandon(half)
		cancel()
	}
	var wg sync.WaitGroup
	for _, l := range t.checker.listeners {
		wg.Go(func() { l.remove(ctx, t.private, t.done || !t.fate.mayAnswer()) })
	}
	wg.Wait()
	if t.conn != nil && !t.done && t.fate.mayAnswer() {
		t.checker.client.Log.Info("the result may still come, to queue %s: %s", t.private, cmderr.Try("drain", "--yes").Queues(t.private))
	}
	if t.row.Failed && t.conn != nil {
		waited := min(t.checker.wait, time.Duration(t.row.Total*float64(time.Second)))
		t.row.Output = t.fate.cause(t.row.Server, t.row.Queue, waited, t.checker.m.Key)
		t.row.WrongKey = t.fate.discarded()
	}
}

// abandon takes a last look at the job and takes it back when it waits.
func (t *roundTrip) abandon(ctx context.Context) {
	c, err := t.checker.pool.Get(ctx, t.row.Server)
	if err != nil {
		t.fate.lost = err
		return
	}
	defer closeAt(ctx, c)()
	last := t.lookAtJob(ctx, c)
	t.fate.see(last)
	if last.err != nil {
		return
	}
	t.fate.end, _ = servers.AskQueue(ctx, c, t.row.Queue)
	if !last.state.Known || last.state.Running {
		return
	}
	if _, err := probe.Cancel(ctx, c, t.row.Queue, t.handle); err != nil {
		t.checker.client.Log.Verbose("%v", err)
	}
	if again := t.lookAtJob(ctx, c); again.err == nil && again.state.Running { // taken at the last moment
		t.fate.see(again)
	}
}
