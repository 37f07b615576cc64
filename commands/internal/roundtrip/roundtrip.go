// Package roundtrip sends checks through queue, worker and result queue, and finds out why a result did not come back. It
// is given a client, servers and a check; the results come to a private queue, which is removed afterwards. A check that
// no worker took is withdrawn. It prints nothing but notes.
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
	resultGrace = time.Second            // for a result, after the server no longer knows the job
	cleanupTime = 900 * time.Millisecond // after the wait, for withdrawing a job and removing its result queue
)

// Checker sends checks, one at a time, and waits for the result of each. It is for one goroutine; close it after use.
type Checker struct {
	client      *connect.Client
	servers     []string      // a check is sent to the first that accepts it, its result may come to any
	wait        time.Duration // for a result
	LogProgress bool          // log that no worker serves the queue, or that the worker died
	template    Template
	unique      *wire.UniqueSource
	pool        *connect.Pool // for submitting and polling jobs
	listeners   []*listener
	known       map[string]bool // servers that have the queue
}

// NewChecker returns a Checker that waits up to wait for each result.
func NewChecker(c *connect.Client, servers []string, wait time.Duration, m Template) *Checker {
	s := &Checker{client: c, servers: servers, wait: wait, template: m, unique: wire.NewUniqueSource(), pool: &connect.Pool{Client: c}, known: map[string]bool{}}
	for _, server := range servers {
		s.listeners = append(s.listeners, &listener{client: c, server: server})
	}
	return s
}

// Close closes the connections.
func (s *Checker) Close() {
	s.pool.Close()
	for _, l := range s.listeners {
		l.close()
	}
}

// Run sends a check and reports its outcome. A queue that the server does not have is not created: the check is sent when a
// worker has made it. Run takes at most wait, counted from JOB_CREATED or from when the queue was found missing, and
// cleanupTime, even if the servers stop answering.
func (s *Checker) Run(ctx context.Context) Report {
	unique := s.unique.Next()
	check := &s.template.Check
	t := &roundTrip{checker: s, resultQueue: servers.ResultQueuePrefix + unique, sent: s.client.Now(), report: Report{
		Queue: check.TargetQueue, Type: check.Kind.String(), Host: check.Host, Service: check.Service, ReturnCode: nagios.StateUnknown, NoResult: true,
	}}
	arrivals := make(chan arrival, 1)
	stop := s.listen(wire.Outlast(ctx), t.resultQueue, arrivals)
	t.send(ctx, unique, arrivals)
	end, cancel := context.WithTimeout(wire.Outlast(ctx), t.cleanupBudget(ctx))
	defer cancel()
	stop(end)
	t.finish(end)
	if ctx.Err() != nil && t.report.NoResult {
		t.report.Output = context.Cause(ctx).Error() + "; " + t.report.Output
	}
	return t.report
}

// listen waits for results in queue on every server until stop is called, and sends the first to arrivals. stop closes the
// connections that are still busy when half of the time left in its context is over.
func (s *Checker) listen(ctx context.Context, queue string, arrivals chan<- arrival) (stop func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	connCtx, closeConns := context.WithCancel(wire.Outlast(ctx))
	var wg sync.WaitGroup
	for _, l := range s.listeners {
		wg.Go(func() {
			l.listen(ctx, connCtx, queue, func(a arrival) {
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
		context.AfterFunc(half, closeConns)
		wg.Wait()
		closeConns()
	}
}

// halfOf returns a context that ends when half of the time left in ctx is over.
func halfOf(ctx context.Context) (context.Context, context.CancelFunc) {
	until, _ := ctx.Deadline()
	return context.WithTimeout(ctx, time.Until(until)/2)
}

// roundTrip is one check on its way.
type roundTrip struct {
	checker     *Checker
	resultQueue string
	sent        time.Time
	report      Report
	conn        *wire.Conn // to the server that accepted the job; nil: none did
	handle      string
	since       time.Time // what wait is counted from: when the server accepted it, or was found not to have its queue
	outcome     jobOutcome
	done        bool // a result arrived, readable or not
}

// send submits the check and waits for its result.
func (t *roundTrip) send(ctx context.Context, unique string, arrivals <-chan arrival) {
	t.checker.template.Check.ResultQueue = t.resultQueue
	job, err := t.checker.template.Job(t.sent, unique)
	if err == nil {
		// Without the answer the job could not be cancelled.
		sctx, cancel := connect.WithGrace(ctx, cleanupTime)
		t.conn, t.handle, err = t.checker.pool.Submit(sctx, job, t.checker.servers, func(c *wire.Conn) error { return t.ready(ctx, c) })
		cancel()
	}
	if t.since.IsZero() {
		t.since = t.checker.client.Now()
	}
	if err != nil {
		if connect.MaybeSubmitted(err) {
			t.outcome.connErr = err
		}
		t.report.Output, t.report.Total = t.checker.client.OneLine(err), t.checker.client.Now().Sub(t.sent).Seconds()
		return
	}
	t.report.Server = t.conn.Server()
	wctx, cancel := context.WithTimeoutCause(ctx, t.left(), cmderr.ErrWaitedEnough)
	defer cancel()
	a, ok := t.await(wctx, arrivals)
	now := t.checker.client.Now()
	if ok {
		t.done = true
		now = a.at
		t.decode(a)
	}
	t.report.Total = now.Sub(t.sent).Seconds()
}

// ready prepares the job for a server that has its queue.
func (t *roundTrip) ready(ctx context.Context, c *wire.Conn) error {
	if err := t.awaitQueue(ctx, c); err != nil || len(t.checker.template.Keys) == 0 {
		return err
	}
	return t.checker.template.encrypt(t.checker.template.KeyOf(c.Server()))
}

// left returns how much of the wait is left.
func (t *roundTrip) left() time.Duration { return t.checker.wait - t.checker.client.Now().Sub(t.since) }

// cleanupBudget returns how long cleaning up may take.
func (t *roundTrip) cleanupBudget(ctx context.Context) time.Duration {
	if t.conn == nil || ctx.Err() != nil {
		return cleanupTime
	}
	return t.left() + cleanupTime
}

// await waits for the result and polls the job meanwhile.
func (t *roundTrip) await(ctx context.Context, arrivals <-chan arrival) (arrival, bool) {
	watchCtx, stop := context.WithCancel(ctx)
	observations := make(chan observation)
	var wg sync.WaitGroup
	wg.Go(func() {
		if !t.watch(watchCtx, observations) {
			t.checker.pool.Drop(t.conn)
		}
	})
	defer wg.Wait()
	defer stop()
	var giveUp <-chan time.Time
	for {
		select {
		case a := <-arrivals:
			return a, true
		case o := <-observations:
			t.observe(o)
			switch {
			case t.outcome.unknownSince.IsZero():
				giveUp = nil
			case giveUp == nil:
				giveUp = time.After(resultGrace)
			}
		case <-giveUp:
			return arrival{}, false
		case <-ctx.Done():
			return arrival{}, false
		}
	}
}

// observe updates the outcome, and logs what an operator wants to know before the end.
func (t *roundTrip) observe(o observation) {
	died := t.outcome.workerDied
	t.outcome.update(o)
	if !t.checker.LogProgress {
		return
	}
	switch {
	case o.queue != nil && o.queue.Workers == 0:
		t.logNoWorker(t.report.Server)
	case t.outcome.workerDied && !died:
		t.checker.client.Log.Info("the worker that ran the check disconnected; the check was requeued in %s on %s", t.report.Queue, t.report.Server)
	}
}

// decode fills the report from a result.
func (t *roundTrip) decode(a arrival) {
	keys := []modgearman.Key{t.checker.template.KeyOf(t.report.Server)}
	if other := t.checker.template.KeyOf(a.server); !other.Equal(keys[0]) { // it may come by a server with another key
		keys = append(keys, other)
	}
	p, err := modgearman.Decode(a.payload, keys...)
	if err != nil {
		t.outcome.decodeErr = err
		return
	}
	res, err := p.Result()
	if err != nil {
		t.outcome.decodeErr = err
		return
	}
	earliest := t.sent
	if t.outcome.lastWaiting.After(earliest) {
		earliest = t.outcome.lastWaiting
	}
	t.report.NoResult = false
	t.report.setResult(res, a.at, earliest, t.sent)
}

// finish withdraws a check that no worker took, removes the result queue from every server and explains a missing result. It
// stops when ctx ends.
func (t *roundTrip) finish(ctx context.Context) {
	if t.conn != nil && !t.done {
		half, cancel := halfOf(ctx)
		t.withdraw(half)
		cancel()
	}
	stays := !t.done && t.outcome.mayAnswer()
	removed := make([]bool, len(t.checker.listeners))
	var wg sync.WaitGroup
	for i, l := range t.checker.listeners {
		wg.Go(func() { removed[i] = l.removeQueue(ctx, t.resultQueue, !stays) })
	}
	wg.Wait()
	if stays {
		t.checker.client.Log.Info("the result may still come, to queue %s: %s", t.resultQueue, cmderr.Try("drain", "--yes").Queues(t.resultQueue))
	}
	for i, l := range t.checker.listeners {
		if !removed[i] && !stays {
			t.checker.client.Log.Info("queue %s could not be removed from %s; remove it with: %s", t.resultQueue, l.server, cmderr.Try("queue", "gc", "--yes").On(l.server).Queues(t.resultQueue))
		}
	}
	if t.report.NoResult && t.conn != nil {
		waited := min(t.checker.wait, time.Duration(t.report.Total*float64(time.Second)))
		t.report.Output = t.outcome.cause(t.report.Server, t.report.Queue, waited, t.checker.template.KeyOf(t.report.Server))
		t.report.WrongKey = t.outcome.discarded()
	}
}

// withdraw polls the job once more and cancels it if it is still waiting.
func (t *roundTrip) withdraw(ctx context.Context) {
	c, err := t.checker.pool.Get(ctx, t.report.Server)
	if err != nil {
		t.outcome.connErr = err
		return
	}
	defer closeAt(ctx, c)()
	last := t.poll(ctx, c)
	t.outcome.update(last)
	if last.err != nil {
		return
	}
	t.outcome.finalQueue, _ = servers.AskQueue(ctx, c, t.report.Queue)
	if !last.state.Known || last.state.Running {
		return
	}
	if _, err := probe.Cancel(ctx, c, t.report.Queue, t.handle); connect.IsOutage(err) {
		t.outcome.connErr = err // a worker may still take it
		return
	} else if err != nil {
		t.checker.client.Log.Verbose("%v", err)
	}
	if again := t.poll(ctx, c); again.err == nil && again.state.Running { // taken at the last moment
		t.outcome.update(again)
	}
}
