package drain

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// queuesPerServer is how many queues of a server are drained at the same time; gearmand does one thing at a time.
const queuesPerServer = 2

// drainer drains several queues on several servers.
type drainer struct {
	env     *cli.Env
	o       *options
	dialer  *wire.Dialer
	rows    *output.Printer[jobs.DrainRow] // nil with -o raw
	sink    sink
	filter  *jobs.Filter     // nil: every job
	keys    []modgearman.Key // for --match, and to tell priorities by
	bar     *output.Progress
	drained atomic.Int64 // of all queues, for the bar
}

// newDrainer refuses what is wrong with the flags before anything is touched.
func newDrainer(env *cli.Env, o *options) (*drainer, error) {
	dialer, err := env.Dialer()
	if err != nil {
		return nil, err
	}
	format, err := env.Format()
	if err != nil {
		return nil, err
	}
	d := &drainer{env: env, o: o, dialer: dialer, sink: discard{}}
	if d.filter, err = o.filter.Filter(env); err != nil {
		return nil, err
	}
	if d.filter != nil {
		d.keys = d.filter.Keys
	} else if o.to != "" {
		if d.keys, err = o.filter.Keys.Decoding(env); err != nil {
			return nil, err
		}
	}
	switch {
	case format.Kind == cli.FormatRaw && o.to != "":
		return nil, cmderr.Usagef("-o raw and --to exclude each other")
	case format.Kind == cli.FormatRaw:
		d.sink = rawSink{jobs.NewRawWriter(env.ExactStdout(), o.print0)}
		return d, checkRawStdout(env)
	case o.to == "-":
		return d, checkArchiveStdout(env)
	}
	hide := env.ServerColumn()
	if o.to == "" {
		hide = append(hide, "archive")
	}
	opts := output.Options{HideInTable: hide}
	if o.dryRun {
		opts.HideInTable, opts.Also = append(hide, "drained", "bytes", "duration_seconds"), []string{"would_drain"}
	}
	d.rows, err = cli.NewPrinter[jobs.DrainRow](env, opts)
	return d, err
}

func (d *drainer) print(rows []jobs.DrainRow) error {
	if d.rows == nil {
		return nil
	}
	return d.rows.PrintAll(rows)
}

// drain drains the queues of p, servers side by side, and prints a row for each.
func (d *drainer) drain(ctx context.Context, p *jobs.Plan) error {
	if d.o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, d.o.duration, errTimeLimit)
		defer cancel()
	}
	if d.o.to != "" {
		a, err := openArchive(d.env, d.o.to, d.o.append, d.keys)
		if err != nil {
			return err
		}
		d.sink = a
	}
	d.bar = d.env.Progress("drain", servers.TotalWaiting(p.Queues))
	rows, errs := d.servers(ctx, p)
	d.bar.Finish()
	errs = append(errs, cmderr.Flatten(d.sink.close())...)
	if len(rows) > 0 || len(errs) == 0 {
		errs = append(errs, cmderr.Flatten(d.print(rows))...)
	}
	d.noteRemaining(rows)
	return cmderr.MergeErrors(overallError(errs, rows), d.filter.Undecoded())
}

// dryRun tells what would be drained, and touches nothing.
func (d *drainer) dryRun(p *jobs.Plan) error {
	if d.o.to != "" && d.o.to != "-" {
		if err := checkArchiveFile(d.env, d.o.to, d.o.append); err != nil {
			return err
		}
	}
	for _, q := range p.Queues {
		n, upTo := d.o.wouldDrain(q), ""
		if n > 0 && (d.o.duration > 0 || !d.o.filter.None()) {
			upTo = "up to "
		}
		d.env.Info("%s on %s: would drain %s%s%s", q.Function, q.Server, upTo, output.Plural(n, "job", "jobs"), d.o.futureJobs())
	}
	return d.print(d.o.dryRows(p))
}

// errTimeLimit ends a drain --for, which is no failure.
var errTimeLimit = errors.New("time limit reached")

// overallError is partial when a queue was drained to its end, unless the user interrupted.
func overallError(errs []error, rows []jobs.DrainRow) error {
	for _, err := range errs {
		if errors.Is(err, cmderr.ErrInterrupted) {
			return err
		}
	}
	return cmderr.SomeFailed(errs, slices.ContainsFunc(rows, func(r jobs.DrainRow) bool { return !r.Failed }))
}

func (d *drainer) servers(ctx context.Context, p *jobs.Plan) (rows []jobs.DrainRow, errs []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for server, queues := range p.Servers() {
		wg.Go(func() {
			r, e := d.server(ctx, server, p.Versions[server], queues)
			mu.Lock()
			defer mu.Unlock()
			rows, errs = append(rows, r...), append(errs, e...)
		})
	}
	wg.Wait()
	slices.SortFunc(rows, compareRows)
	return rows, errs
}

// server drains queues of one server, then asks what is left in them.
func (d *drainer) server(ctx context.Context, server string, version servers.Version, queues []servers.Queue) ([]jobs.DrainRow, []error) {
	known, err := d.checkRelease(ctx, server, version, queues)
	if errors.Is(err, errTimeLimit) {
		return nil, nil
	}
	if err != nil {
		return nil, cmderr.Flatten(err)
	}
	defer known.Close()
	rows := make([]jobs.DrainRow, len(queues))
	errs := make([]error, len(queues)+1)
	limit := queuesPerServer
	if d.o.follow {
		limit = len(queues)
	}
	slots := make(chan struct{}, limit)
	var wg sync.WaitGroup
	for i, q := range queues {
		rows[i] = jobs.DrainRow{Server: server, Queue: q.Function}
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

// checkRelease makes sure, where jobs may have to go back, that the server takes them back, and finds out the priorities of jobs
// that are kept.
func (d *drainer) checkRelease(ctx context.Context, server string, version servers.Version, queues []servers.Queue) (*jobs.Source, error) {
	waiting := servers.TotalWaiting(queues)
	if !d.o.mayRelease() || waiting == 0 && !d.o.follow {
		return &jobs.Source{}, nil
	}
	proof := &jobs.ReleaseCheck{Log: d.env, AcceptRisk: d.o.acceptRisk, Action: "drain", AlwaysReleases: d.filter != nil}
	if d.o.to != "" {
		proof.Priorities = d.o.priorities.Wanted(version, queues...)
	}
	return proof.Dial(ctx, d.dialer, server, waiting)
}

// queue drains a queue into row.
func (d *drainer) queue(ctx context.Context, q servers.Queue, known *jobs.Source, row *jobs.DrainRow) error {
	start := d.env.Now()
	job := &taker{drainer: d, sink: discard{}}
	n, err := wire.WithConn(ctx, d.dialer, row.Server, func(ctx context.Context, c *wire.Conn) (wire.Taken, error) {
		job.sink = d.sink.queue(q, known)
		return c.Take(ctx, d.take(row.Queue, q.Waiting(), job))
	})
	if row.Drained = n.Acknowledged; n.Acknowledged > 0 {
		row.Bytes = job.bytes
	}
	row.Duration = d.env.Now().Sub(start).Seconds()
	err = d.queueError(row, n, err)
	row.Failed = err != nil
	job.finish(row, n)
	return errors.Join(err, jobs.MissingJobs(row.Queue, row.Server, n))
}

// queueError says where the jobs of a queue are when its drain did not come to its end.
func (d *drainer) queueError(row *jobs.DrainRow, n wire.Taken, err error) error {
	back := n.Jobs - n.Acknowledged - n.Gone - n.Lost - n.Unconfirmed
	switch {
	case errors.Is(err, errTimeLimit):
		return nil
	case cmderr.IsReaderGone(err):
		return cmderr.Errorf("drain queue %s on %s: %w: %d jobs were drained, %d were requeued%s",
			row.Queue, row.Server, cmderr.ErrReaderGone, n.Acknowledged, back, jobs.LostJobs(n))
	case err == nil, errors.Is(err, cmderr.ErrInterrupted):
		return err
	case d.o.to != "":
		return cmderr.Errorf("drain queue %s: %w: %s in %s and off the server, %s %s%s", row.Queue, err,
			output.Plural(n.Acknowledged, "job is", "jobs are"), d.o.to, output.Plural(back, "job", "jobs"), requeued(err), jobs.LostJobs(n))
	}
	return cmderr.Errorf("drain queue %s: %w: %d jobs were drained, unacknowledged ones %s%s",
		row.Queue, err, n.Acknowledged, requeued(err), jobs.LostJobs(n))
}

// requeued says what became of jobs that were handed out and not acknowledged: of a server that is gone nobody knows.
func requeued(err error) string {
	if connect.IsOutage(err) {
		return "are requeued if the server still runs"
	}
	return "were requeued"
}

func (d *drainer) take(queue string, expect int64, job *taker) *wire.Take {
	t := &wire.Take{
		Function: queue, ClientID: d.env.ClientID(), Window: d.o.window,
		AckImmediately: d.o.acksImmediately(), Max: d.o.max, Follow: d.o.follow,
		Job: job.take, Sync: job.sync(), Expect: expect,
	}
	if d.o.complete {
		t.Answer = wire.AnswerComplete
	}
	if d.filter != nil {
		t.Restore, t.AckImmediately, t.Max, t.Acknowledge = true, false, 0, job.chosen.Has
	}
	var before int64
	t.Progress = func(n wire.Taken) {
		d.bar.Set(d.drained.Add(n.Jobs - before))
		before = n.Jobs
	}
	return t
}

// noteRemaining tells what a reader of the rows may miss.
func (d *drainer) noteRemaining(rows []jobs.DrainRow) {
	for _, r := range rows {
		if r.Remaining != nil && *r.Remaining > 0 && d.o.takesAll() && !r.Failed {
			d.env.Info("%s on %s: %s: arrived meanwhile, scheduled for later, or kept by a server whose store failed", r.Queue, r.Server, output.Plural(*r.Remaining, "job remains", "jobs remain"))
		}
		if r.Running != nil && *r.Running > 0 {
			d.env.Info("%s on %s: %s still running on other workers", r.Queue, r.Server, output.Plural(*r.Running, "job is", "jobs are"))
		}
	}
}
