package commands

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"gearctl/output"
	"gearctl/wire"
)

// drainsAtOnce is how many queues of a server are drained at the same time; gearmand does one thing at a time.
const drainsAtOnce = 2

// drainer drains several queues on several servers.
type drainer struct {
	env     *Env
	o       *drainOptions
	d       *wire.Dialer
	rows    *output.Printer[drainRow] // nil with -o raw
	raw     *rawWriter                // nil unless -o raw
	bar     *output.Progress
	drained atomic.Int64 // of all queues, for the bar
}

// newDrainer refuses what is wrong with the flags before anything is touched.
func newDrainer(env *Env, o *drainOptions) (*drainer, error) {
	dialer, err := env.dialer()
	if err != nil {
		return nil, err
	}
	format, err := env.format()
	if err != nil {
		return nil, err
	}
	d := &drainer{env: env, o: o, d: dialer}
	if format.Kind == "raw" {
		d.raw = newRawWriter(env.Stdout, o.print0)
		return d, nil
	}
	d.rows, err = newPrinter[drainRow](env, output.Options{HideInTable: append(env.serverColumn(), "archive")})
	return d, err
}

func (d *drainer) print(rows []drainRow) error {
	if d.rows == nil {
		return nil
	}
	return d.rows.PrintAll(rows)
}

// drain drains the queues of p, servers side by side, and prints a row for each.
func (d *drainer) drain(ctx context.Context, p *drainPlan) error {
	if d.o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, d.o.duration, errTimeIsOver)
		defer cancel()
	}
	d.bar = d.env.progress("drain", p.waiting())
	rows, errs := d.servers(ctx, p)
	d.bar.Finish()
	errs = append(errs, flatten(d.print(rows))...)
	d.summary(rows)
	return drainError(errs, len(rows))
}

// errTimeIsOver ends a drain --for, which is no failure.
var errTimeIsOver = errors.New("the time is over")

// drainError is partial when some of the queues were drained, unless the user interrupted.
func drainError(errs []error, queues int) error {
	for _, err := range errs {
		if errors.Is(err, errInterrupted) {
			return err
		}
	}
	return someFailed(errs, len(errs) < queues)
}

func (d *drainer) servers(ctx context.Context, p *drainPlan) (rows []drainRow, errs []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for server, queues := range p.servers() {
		wg.Go(func() {
			r, e := d.server(ctx, server, queues)
			mu.Lock()
			defer mu.Unlock()
			rows, errs = append(rows, r...), append(errs, e...)
		})
	}
	wg.Wait()
	slices.SortFunc(rows, compareDrainRows)
	return rows, errs
}

// server drains queues of one server, then asks what is left in them.
func (d *drainer) server(ctx context.Context, server string, queues []statusRow) ([]drainRow, []error) {
	rows := make([]drainRow, len(queues))
	errs := make([]error, len(queues)+1)
	limit := drainsAtOnce
	if d.o.follow {
		limit = len(queues)
	}
	slots := make(chan struct{}, limit)
	var wg sync.WaitGroup
	for i, q := range queues {
		rows[i] = drainRow{Server: server, Queue: q.Queue}
		slots <- struct{}{}
		wg.Go(func() {
			errs[i] = d.queue(ctx, &rows[i])
			<-slots
		})
	}
	wg.Wait()
	after := context.WithoutCancel(ctx)
	_, errs[len(queues)] = wire.WithConn(after, d.d, server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, statusOf(ctx, c, rows)
	})
	return rows, slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// queue drains the queue of row.
func (d *drainer) queue(ctx context.Context, row *drainRow) error {
	start := d.env.Now()
	n, err := wire.WithConn(ctx, d.d, row.Server, func(ctx context.Context, c *wire.Conn) (wire.Taken, error) {
		return c.Take(ctx, d.take(row.Queue))
	})
	row.Drained, row.Bytes = n.Acknowledged, n.Bytes
	row.Duration = d.env.Now().Sub(start).Seconds()
	switch {
	case errors.Is(err, errTimeIsOver):
		return nil
	case errors.Is(err, syscall.EPIPE):
		return errorf("drain queue %s on %s: %w: %d jobs were drained, %d went back to the queue%s",
			row.Queue, row.Server, errReaderGone, n.Acknowledged, n.Jobs-n.Acknowledged-n.Gone-n.Lost, lostJobs(n))
	case err != nil && !errors.Is(err, errInterrupted):
		return errorf("drain queue %s: %w: %d jobs were drained, those that were not acknowledged went back to the queue",
			row.Queue, err, n.Acknowledged)
	}
	return err
}

// lostJobs tells of jobs that the server does not take back, or nothing.
func lostJobs(n wire.Taken) string {
	if n.Lost == 0 {
		return ""
	}
	return ", " + output.Plural(n.Lost, "job is", "jobs are") + " lost: this server takes none back"
}

func (d *drainer) take(queue string) *wire.Take {
	t := &wire.Take{
		Function: queue, ClientID: d.env.clientID(), Window: d.o.window,
		AsTheyCome: d.o.asTheyCome(), Max: d.o.max, Follow: d.o.follow,
		Job: func(wire.Job) error { return nil },
	}
	if d.o.complete {
		t.Answer = wire.AnswerComplete
	}
	if d.raw != nil {
		t.Job, t.Sync = d.raw.job, d.raw.flush
	}
	var before int64
	t.Progress = func(n wire.Taken) {
		d.bar.Set(d.drained.Add(n.Jobs - before))
		before = n.Jobs
	}
	return t
}

// summary tells what a reader of the rows may miss.
func (d *drainer) summary(rows []drainRow) {
	for _, r := range rows {
		if r.Remaining != nil && *r.Remaining > 0 && d.o.max == 0 && d.o.duration == 0 {
			d.env.note("%s on %s: %s: arrived meanwhile, or for a later time", r.Queue, r.Server, output.Plural(*r.Remaining, "job remains", "jobs remain"))
		}
		if r.Running != nil && *r.Running > 0 {
			d.env.note("%s on %s: %s still running on other workers", r.Queue, r.Server, output.Plural(*r.Running, "job is", "jobs are"))
		}
	}
}

// rawWriter writes payloads, one after the other, for several queues at once.
type rawWriter struct {
	mu  sync.Mutex
	w   *bufio.Writer
	end byte
}

func newRawWriter(w io.Writer, print0 bool) *rawWriter {
	r := &rawWriter{w: bufio.NewWriterSize(w, 64<<10), end: '\n'}
	if print0 {
		r.end = 0
	}
	return r
}

func (r *rawWriter) job(j wire.Job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w.Write(j.Workload)
	return r.w.WriteByte(r.end)
}

func (r *rawWriter) flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.w.Flush()
}
