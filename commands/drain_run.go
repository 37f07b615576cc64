package commands

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// drainsAtOnce is how many queues of a server are drained at the same time; gearmand does one thing at a time.
const drainsAtOnce = 2

// drainer drains several queues on several servers.
type drainer struct {
	env     *Env
	o       *drainOptions
	d       *wire.Dialer
	rows    *output.Printer[drainRow] // nil with -o raw
	sink    sink
	filter  *jobFilter       // nil: every job
	keys    []modgearman.Key // for --match, and to tell priorities by
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
	d := &drainer{env: env, o: o, d: dialer, sink: discard{}}
	if d.filter, err = o.filter.filter(env); err != nil {
		return nil, err
	}
	if d.filter != nil {
		d.keys = d.filter.keys
	} else if o.to != "" {
		if d.keys, err = o.filter.keys.decoding(env); err != nil {
			return nil, err
		}
	}
	switch {
	case format.Kind == formatRaw && o.to != "":
		return nil, usagef("-o raw and --to exclude each other")
	case format.Kind == formatRaw:
		d.sink = rawSink{newRawWriter(env.exactStdout(), o.print0)}
		return d, checkRawStdout(env)
	case o.to == "-":
		return d, checkArchiveStdout(env)
	}
	hide := env.serverColumn()
	if o.to == "" {
		hide = append(hide, "archive")
	}
	opts := output.Options{HideInTable: hide}
	if o.dryRun {
		opts.HideInTable, opts.Also = append(hide, "drained", "bytes", "duration_seconds"), []string{"would_drain"}
	}
	d.rows, err = newPrinter[drainRow](env, opts)
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
	if d.o.to != "" {
		a, err := openArchive(d.env, d.o.to, d.o.append, d.keys)
		if err != nil {
			return err
		}
		d.sink = a
	}
	d.bar = d.env.progress("drain", waitingIn(p.queues))
	rows, errs := d.servers(ctx, p)
	d.bar.Finish()
	errs = append(errs, flatten(d.sink.close())...)
	if len(rows) > 0 || len(errs) == 0 {
		errs = append(errs, flatten(d.print(rows))...)
	}
	d.summary(rows)
	return mergeErrors(drainError(errs, rows), d.filter.unread())
}

// dryRun tells what would be drained, and touches nothing.
func (d *drainer) dryRun(p *drainPlan) error {
	if d.o.to != "" && d.o.to != "-" {
		if err := checkArchiveFile(d.env, d.o.to, d.o.append); err != nil {
			return err
		}
	}
	for _, q := range p.queues {
		n, upTo := d.o.wouldDrain(q), ""
		if n > 0 && (d.o.duration > 0 || !d.o.filter.none()) {
			upTo = "up to "
		}
		d.env.Info("%s on %s: would drain %s%s%s", q.Function, q.Server, upTo, output.Plural(n, "job", "jobs"), d.o.takesLater())
	}
	return d.print(d.o.dryRows(p))
}

// errTimeIsOver ends a drain --for, which is no failure.
var errTimeIsOver = errors.New("time limit reached")

// drainError is partial when a queue was drained to its end, unless the user interrupted.
func drainError(errs []error, rows []drainRow) error {
	for _, err := range errs {
		if errors.Is(err, errInterrupted) {
			return err
		}
	}
	return someFailed(errs, slices.ContainsFunc(rows, func(r drainRow) bool { return !r.failed }))
}

func (d *drainer) servers(ctx context.Context, p *drainPlan) (rows []drainRow, errs []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for server, queues := range p.servers() {
		wg.Go(func() {
			r, e := d.server(ctx, server, p.versions[server], queues)
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
func (d *drainer) server(ctx context.Context, server string, version serverVersion, queues []Queue) ([]drainRow, []error) {
	known, err := d.prove(ctx, server, version, queues)
	if errors.Is(err, errTimeIsOver) {
		return nil, nil
	}
	if err != nil {
		return nil, flatten(err)
	}
	defer known.close()
	rows := make([]drainRow, len(queues))
	errs := make([]error, len(queues)+1)
	limit := drainsAtOnce
	if d.o.follow {
		limit = len(queues)
	}
	slots := make(chan struct{}, limit)
	var wg sync.WaitGroup
	for i, q := range queues {
		rows[i] = drainRow{Server: server, Queue: q.Function}
		slots <- struct{}{}
		wg.Go(func() {
			errs[i] = d.queue(ctx, q, known, &rows[i])
			<-slots
		})
	}
	wg.Wait()
	errs[len(queues)] = d.remaining(context.WithoutCancel(ctx), known, server, rows)
	return rows, slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// prove makes sure, where jobs may have to go back, that the server takes them back, and finds out the priorities of jobs
// that are kept.
func (d *drainer) prove(ctx context.Context, server string, version serverVersion, queues []Queue) (*proven, error) {
	waiting := waitingIn(queues)
	if !d.o.returns() || waiting == 0 && !d.o.follow {
		return &proven{}, nil
	}
	proof := &returnsProof{log: d.env, accept: d.o.acceptRisk, doing: "drain", certain: d.filter != nil}
	if d.o.to != "" {
		proof.priorities = d.o.priorities.wanted(version, queues...)
	}
	return proof.checkServer(ctx, d.d, server, waiting)
}

// queue drains a queue into row.
func (d *drainer) queue(ctx context.Context, q Queue, known *proven, row *drainRow) error {
	start := d.env.Now()
	job := &drainJob{d: d, sink: discard{}}
	n, err := wire.WithConn(ctx, d.d, row.Server, func(ctx context.Context, c *wire.Conn) (wire.Taken, error) {
		job.sink = d.sink.queue(q, known)
		return c.Take(ctx, d.take(row.Queue, q.Waiting(), job))
	})
	if row.Drained = n.Acknowledged; n.Acknowledged > 0 {
		row.Bytes = job.bytes
	}
	row.Duration = d.env.Now().Sub(start).Seconds()
	err = d.queueError(row, n, err)
	row.failed = err != nil
	job.finish(row, n)
	return errors.Join(err, missingJobs(row.Queue, row.Server, n))
}

// queueError says where the jobs of a queue are when its drain did not come to its end.
func (d *drainer) queueError(row *drainRow, n wire.Taken, err error) error {
	back := n.Jobs - n.Acknowledged - n.Gone - n.Lost - n.Unconfirmed
	switch {
	case errors.Is(err, errTimeIsOver):
		return nil
	case isReaderGone(err):
		return errorf("drain queue %s on %s: %w: %d jobs were drained, %d were requeued%s",
			row.Queue, row.Server, errReaderGone, n.Acknowledged, back, lostJobs(n))
	case err == nil, errors.Is(err, errInterrupted):
		return err
	case d.o.to != "":
		return errorf("drain queue %s: %w: %s in %s and off the server, %s %s%s", row.Queue, err,
			output.Plural(n.Acknowledged, "job is", "jobs are"), d.o.to, output.Plural(back, "job", "jobs"), wentBack(err), lostJobs(n))
	}
	return errorf("drain queue %s: %w: %d jobs were drained, unacknowledged ones %s%s",
		row.Queue, err, n.Acknowledged, wentBack(err), lostJobs(n))
}

// wentBack says what became of jobs that were handed out and not acknowledged: of a server that is gone nobody knows.
func wentBack(err error) string {
	if isOutage(err) {
		return "are requeued if the server still runs"
	}
	return "were requeued"
}

// lostJobs tells of jobs that are neither drained nor back, or nothing.
func lostJobs(n wire.Taken) string {
	text := ""
	if n.Unconfirmed > 0 {
		text += ", " + output.Plural(n.Unconfirmed, "job was", "jobs were") + " acknowledged without confirmation and may be gone from the server"
	}
	if n.Lost > 0 {
		text += ", " + output.Plural(n.Lost, "job is", "jobs are") + " lost: this server does not requeue jobs"
	}
	return text
}

func (d *drainer) take(queue string, expect int64, job *drainJob) *wire.Take {
	t := &wire.Take{
		Function: queue, ClientID: d.env.clientID(), Window: d.o.window,
		AckImmediately: d.o.asTheyCome(), Max: d.o.max, Follow: d.o.follow,
		Job: job.take, Sync: job.sync(), Expect: expect,
	}
	if d.o.complete {
		t.Answer = wire.AnswerComplete
	}
	if d.filter != nil {
		t.Restore, t.AckImmediately, t.Max, t.Acknowledge = true, false, 0, job.chosen.has
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
		if r.Remaining != nil && *r.Remaining > 0 && d.o.wholeQueue() && !r.failed {
			d.env.Info("%s on %s: %s: arrived meanwhile, scheduled for later, or kept by a server whose store failed", r.Queue, r.Server, output.Plural(*r.Remaining, "job remains", "jobs remain"))
		}
		if r.Running != nil && *r.Running > 0 {
			d.env.Info("%s on %s: %s still running on other workers", r.Queue, r.Server, output.Plural(*r.Running, "job is", "jobs are"))
		}
	}
}
