package drain

import (
	"context"
	"errors"
	"fmt"
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

// queuesPerServer is how many queues of a server are drained at the same time; gearmand has a single working thread.
const queuesPerServer = 2

// drainer drains several queues on several servers.
type drainer struct {
	env     *cli.Env
	o       *options
	dialer  *wire.Dialer
	rows    *output.Printer[row] // nil with -o raw
	sink    sink
	filter  *jobs.Filter     // nil: every job
	keys    []modgearman.Key // for the filter, and to find priorities by the kind of a job
	bar     *output.Progress
	drained atomic.Int64 // in all queues, for the bar
}

// newDrainer checks the flags that need the environment. The archive is opened later, by drain.
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
	if err := d.readFilter(); err != nil {
		return nil, err
	}
	switch {
	case format.Kind == cli.FormatRaw && o.to != "":
		return nil, cmderr.Usagef("-o raw and --to exclude each other")
	case format.Kind == cli.FormatRaw && o.command != "":
		return nil, cmderr.Usagef("-o raw and --to-command exclude each other")
	case format.Kind == cli.FormatRaw:
		d.sink = rawSink{w: jobs.NewRawWriter(env.ExactStdout(), o.print0)}
		return d, checkRawStdout(env)
	case o.to == "-":
		return d, checkArchiveStdout(env)
	}
	opts := output.Options{HideInTable: env.ServerColumn()}
	if o.to == "" {
		opts.HideInTable = append(opts.HideInTable, "archive")
	}
	if !o.rotate.None() && o.to != "" {
		opts.Also = []string{"archives"}
		opts.HideInTable = append(opts.HideInTable, "archives")
	}
	if o.dryRun {
		opts.HideInTable = append(opts.HideInTable, "drained", "bytes", "duration_seconds")
		opts.Also = []string{"would_drain"} // and no archives
	}
	d.rows, err = cli.NewPrinter[row](env, opts)
	return d, err
}

// readFilter reads --match, --older-than and the keys, which without a filter only --to needs.
func (d *drainer) readFilter() (err error) {
	d.filter, err = d.o.filter.Filter(d.env)
	switch {
	case err != nil:
	case d.filter != nil:
		d.keys = d.filter.Keys
	case d.o.saves():
		d.keys, err = d.o.filter.Keys.Decoding(d.env)
	}
	return err
}

func (d *drainer) print(rows []row) error {
	if d.rows == nil {
		return nil
	}
	return d.rows.PrintAll(rows)
}

// errTimeLimit ends a drain --for, which is no failure.
var errTimeLimit = errors.New("time limit reached")

// drain drains the queues of p, all servers at once, and prints a row for each.
func (d *drainer) drain(ctx context.Context, p *jobs.Plan) error {
	if d.o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, d.o.duration, errTimeLimit)
		defer cancel()
	}
	if d.o.to != "" {
		a, err := openArchive(d.env, d.o, d.keys)
		if err != nil {
			return err
		}
		d.sink = a
	}
	if d.o.command != "" {
		d.sink = &commandSink{ctx: ctx, env: d.env, o: d.o, keys: d.keys}
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

// overallError is partial when a queue was drained to its end.
func overallError(errs []error, rows []row) error {
	return cmderr.OneInterruption(cmderr.SomeFailed(errs, slices.ContainsFunc(rows, func(r row) bool { return !r.failed })))
}

func (d *drainer) servers(ctx context.Context, p *jobs.Plan) (rows []row, errs []error) {
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

// server drains queues of one server, then asks it what remains in them.
func (d *drainer) server(ctx context.Context, server string, version servers.Version, queues []servers.Queue) ([]row, []error) {
	src, err := d.checkRelease(ctx, server, version, queues)
	switch {
	case errors.Is(err, errTimeLimit):
		src = &jobs.Source{} // there are figures nevertheless
	case err != nil:
		return nil, cmderr.Flatten(err)
	}
	defer src.Close()
	rows := make([]row, len(queues))
	errs := make([]error, len(queues)+1)
	limit := queuesPerServer
	if d.o.waits() {
		limit = len(queues)
	}
	slots := make(chan struct{}, limit)
	var wg sync.WaitGroup
	for i, q := range queues {
		rows[i] = row{Server: server, Queue: q.Function}
		slots <- struct{}{}
		wg.Go(func() {
			errs[i] = d.queue(ctx, q, src, &rows[i])
			<-slots
		})
	}
	wg.Wait()
	errs[len(queues)] = d.readRemaining(wire.Outlast(ctx), src, server, rows)
	return rows, slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// checkRelease makes sure that the server keeps released jobs, if there may be any that the user wants, and reads the
// priorities of jobs for the archive.
func (d *drainer) checkRelease(ctx context.Context, server string, version servers.Version, queues []servers.Queue) (*jobs.Source, error) {
	waiting := servers.TotalWaiting(queues)
	if !d.o.saves() && d.filter == nil || waiting == 0 && !d.o.waits() {
		return &jobs.Source{}, nil
	}
	check := &jobs.ReleaseCheck{Log: d.env, AcceptRisk: d.o.acceptRisk, Action: "drain", AlwaysReleases: d.filter != nil}
	if d.o.saves() {
		check.Priorities, check.Version = d.o.priorities.Wanted(version, queues...), version
	}
	return check.Dial(ctx, d.dialer, server, waiting)
}

// queue drains a queue into r.
func (d *drainer) queue(ctx context.Context, q servers.Queue, src *jobs.Source, r *row) error {
	start := d.env.Now()
	t := &taker{o: d.o, sink: d.sink.queue(q, src), filter: d.filter}
	take := t.take(q.Function, q.Waiting())
	take.ClientID, take.Progress = d.env.ClientID(), d.progress()
	n, err := wire.WithConn(ctx, d.dialer, q.Server, func(ctx context.Context, c *wire.Conn) (wire.Taken, error) {
		return c.Take(ctx, take)
	})
	r.acknowledged, r.removal = n.Acknowledged+n.Gone, t.removal
	if r.Drained = n.Acknowledged; n.Acknowledged > 0 {
		r.Bytes = t.bytes
	}
	r.Duration = d.env.Now().Sub(start).Seconds()
	err = d.queueError(r, n, err)
	r.failed = err != nil
	t.finish(d.env, r, n)
	jobs.WarnGone(d.env, r.Queue, r.Server, n)
	return errors.Join(err, jobs.MissingJobs(r.Queue, r.Server, n))
}

// progress returns what advances the bar by the jobs of one queue.
func (d *drainer) progress() func(wire.Taken) {
	var before int64
	return func(n wire.Taken) {
		d.bar.Set(d.drained.Add(n.Jobs - before))
		before = n.Jobs
	}
}

// queueError says where the jobs of a queue are that was not drained to its end.
func (d *drainer) queueError(r *row, n wire.Taken, err error) error {
	back := n.Jobs - n.Acknowledged - n.Gone - n.Lost - n.Unconfirmed
	queue := r.Queue
	if errors.Is(err, cmderr.ErrAborted) {
		queue += " on " + r.Server // other errors name it
	}
	switch {
	case errors.Is(err, errTimeLimit):
		return nil
	case cmderr.IsReaderGone(err):
		return cmderr.Errorf("drain queue %s on %s: %w: %s, %d requeued%s",
			r.Queue, r.Server, cmderr.ErrReaderGone, wereDrained(n.Acknowledged), back, jobs.LostJobs(n))
	case err == nil, errors.Is(err, cmderr.ErrInterrupted) && !errors.Is(err, cmderr.ErrAborted):
		return err
	case d.o.saves():
		return cmderr.Errorf("drain queue %s: %w: %s in %s and off the server, %s %s%s", queue, err,
			output.Plural(n.Acknowledged, "job is", "jobs are"), d.o.where(), output.Plural(back, "job", "jobs"), d.requeued(err, back), jobs.LostJobs(n))
	}
	return cmderr.Errorf("drain queue %s: %w: %s, unacknowledged ones %s%s",
		queue, err, wereDrained(n.Acknowledged), d.requeued(err, 0), jobs.LostJobs(n))
}

func wereDrained(n int64) string {
	if n == 1 {
		return "1 job was drained"
	}
	return fmt.Sprintf("%d jobs were drained", n)
}

// requeued says what became of n unacknowledged jobs, to follow their number; with 0 it follows "unacknowledged ones".
func (d *drainer) requeued(err error, n int64) string {
	verb, were := "are", "were"
	if n == 1 {
		verb, were = "is", "was"
	}
	switch {
	case connect.IsOutage(err):
		return verb + " requeued if the server still runs"
	case errors.Is(err, cmderr.ErrAborted) && d.filter != nil:
		return were + " requeued, in another order"
	}
	return were + " requeued"
}
