package peek

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// peeker inspects queues, one after the other.
type peeker struct {
	env    *cli.Env
	o      *options
	dialer *wire.Dialer
	keys   []modgearman.Key
	rows   *output.Printer[row]          // nil with -o raw and --group-by
	groups *output.Printer[groupRow]     // nil without --group-by
	raw    *jobs.RawWriter               // nil without -o raw
	counts *output.Printer[scheduledRow] // nil without --scheduled

	showsData bool // the payloads are printed
	printed   bool // something was printed
	sources   []*jobs.Source
}

func newPeeker(env *cli.Env, o *options) (*peeker, error) {
	d, err := env.Dialer()
	if err != nil {
		return nil, err
	}
	p := &peeker{env: env, o: o, dialer: d}
	if p.keys, err = o.keys.Decoding(env); err != nil {
		return nil, err
	}
	format, err := env.Format()
	p.showsData = format.Kind != output.Table || slices.Contains(servers.SplitList(env.Globals.Columns), "data")
	switch {
	case err != nil:
		return nil, err
	case o.scheduled && format.Kind == cli.FormatRaw:
		return nil, cmderr.Usagef("--scheduled excludes -o raw")
	case o.scheduled:
		p.counts, err = cli.NewPrinter[scheduledRow](env, output.Options{HideInTable: append(env.ServerColumn(), "reason"), Empty: "no jobs"})
	case format.Kind == cli.FormatRaw && o.groupBy != "":
		return nil, cmderr.Usagef("--group-by excludes -o raw")
	case format.Kind == cli.FormatRaw:
		p.raw = jobs.NewRawWriter(env.ExactStdout(), o.print0)
	case o.groupBy != "":
		p.groups, err = cli.NewPrinter[groupRow](env, output.Options{HideInTable: p.hidden(), Empty: "no jobs"})
	default:
		p.rows, err = cli.NewPrinter[row](env, output.Options{HideInTable: append(p.hidden(), "handle", "type", "result_queue", "reason", "data"), Empty: "no jobs"})
	}
	return p, err
}

// hidden are the columns that are the same in every row.
func (p *peeker) hidden() []string {
	hide := p.env.ServerColumn()
	if m, err := servers.NewMatcher(p.o.queues); err == nil && len(m.Globs) == 0 && len(m.Exact) == 1 {
		hide = append(hide, "queue")
	}
	return hide
}

func (p *peeker) run(ctx context.Context, plan *jobs.Plan) error {
	defer func() {
		for _, src := range p.sources {
			src.Close()
		}
	}()
	var errs []error
	inspected := 0
	checked := map[string]error{}
	for _, q := range plan.Queues {
		if q.Waiting() == 0 {
			inspected++
			continue
		}
		err, done := checked[q.Server]
		if !done {
			err = p.checkRelease(ctx, q.Server, plan)
			checked[q.Server] = err
			errs = append(errs, cmderr.Flatten(err)...)
		}
		if err != nil {
			continue
		}
		if err = p.queue(ctx, q); err != nil {
			errs = append(errs, cmderr.Flatten(err)...)
		} else {
			inspected++
		}
		if ctx.Err() != nil {
			break
		}
	}
	if !p.printed && inspected == 0 && len(errs) > 0 {
		return cmderr.SomeFailed(errs, false) // nothing is printed: an empty table would say that there are no jobs
	}
	err := p.close()
	if ctx.Err() != nil {
		return cmderr.OneInterruption(errors.Join(append(errs, context.Cause(ctx))...))
	}
	return cmderr.MergeErrors(cmderr.SomeFailed(errs, inspected > 0), err)
}

// checkRelease makes sure that a server keeps released jobs.
func (p *peeker) checkRelease(ctx context.Context, server string, plan *jobs.Plan) error {
	check := &jobs.ReleaseCheck{Log: p.env, Action: "peek into queues of", AlwaysReleases: true}
	src, err := check.Dial(ctx, p.dialer, server, servers.TotalWaiting(plan.Servers()[server]))
	if err == nil {
		p.sources = append(p.sources, src)
	}
	return err
}

// queue inspects one queue.
func (p *peeker) queue(ctx context.Context, q servers.Queue) error {
	if p.counts != nil && q.Waiting() <= p.o.limitJobs {
		return p.countScheduled(ctx, q)
	}
	in := &inspection{p: p, q: q, groups: map[string]*groupRow{}}
	if p.o.rotate {
		n, err := wire.Peek(ctx, p.dialer, q.Server, q.Function, p.env.ClientID(), p.o.max, in.inspect)
		return errors.Join(explainAbort(q, int64(n), in.explainLimit(err)), in.finish())
	}
	if q.Waiting() > p.o.limitJobs {
		return cmderr.WithHint(cmderr.Errorf("peek into queue %s on %s: it has %s, over --hold-limit %d", q.Function, q.Server,
			output.Plural(q.Waiting(), "waiting job", "waiting jobs"), p.o.limitJobs),
			"use --rotate, which holds only the jobs shown and moves them to the tail; or raise --hold-limit")
	}
	start := p.env.Now()
	n, err := wire.WithConn(ctx, p.dialer, q.Server, func(ctx context.Context, c *wire.Conn) (wire.Taken, error) {
		return c.Take(ctx, &wire.Take{
			Function: q.Function, ClientID: p.env.ClientID(), Restore: true, Expect: q.Waiting(),
			Job: in.inspect, Sync: func() error { return nil }, Acknowledge: func(int64) bool { return false },
		})
	})
	err = explainAbort(q, n.Jobs, in.explainLimit(err))
	p.noteHeld(q, n, p.env.Now().Sub(start))
	if err == nil {
		p.noteScheduled(q, n.Jobs)
	}
	missing := jobs.MissingJobs(q.Function, q.Server, n)
	if missing != nil && q.Workers > 0 {
		p.env.Info("%v", missing)
		missing = nil
	}
	return errors.Join(err, missing, in.finish())
}

// Limits that end the inspection of a queue early. Its jobs are all held and released nevertheless.
var (
	errHoldBytes  = errors.New("more than --hold-bytes")
	errShownBytes = errors.New("more to show than --max-packet")
	errGroups     = errors.New("more groups than --max-rows keeps")
)

// explainLimit explains an error of inspect.
func (i *inspection) explainLimit(err error) error {
	where := fmt.Sprintf("peek into queue %s on %s", i.q.Function, i.q.Server)
	switch {
	case errors.Is(err, errShownBytes):
		return cmderr.WithHint(cmderr.Errorf("%s: the jobs to show exceed --max-packet %s in total: showing the first %d", where,
			&i.p.env.Globals.MaxPacket, len(i.shown)), "show fewer with --max %d, or raise --max-packet", len(i.shown))
	case errors.Is(err, errGroups):
		return cmderr.WithHint(cmderr.Errorf("%s: more groups than --max-rows %d keeps: counted the first %d jobs", where,
			i.p.env.Globals.MaxRows, i.seen), "group by another field, or raise --max-rows")
	case errors.Is(err, errHoldBytes):
		return cmderr.WithHint(cmderr.Errorf("%s: its jobs exceed --hold-bytes %s: inspected the first %d", where, &i.p.o.limitBytes, i.seen),
			"use --rotate, which holds only the jobs shown; or raise --hold-bytes")
	}
	return err
}

// explainAbort says what became of the jobs that were held at a second interrupt.
func explainAbort(q servers.Queue, held int64, err error) error {
	if held == 0 || !errors.Is(err, cmderr.ErrAborted) {
		return err
	}
	return cmderr.Errorf("peek into queue %s on %s: %w: its jobs were requeued, in another order", q.Function, q.Server, cmderr.ErrAborted)
}

// noteHeld reports for how long other workers found the queue empty.
func (p *peeker) noteHeld(q servers.Queue, n wire.Taken, took time.Duration) {
	p.env.Info("%s on %s: held %s for %s", q.Function, q.Server, output.Plural(n.Jobs, "job", "jobs"), output.Seconds(took.Seconds()))
}

func (p *peeker) close() error {
	switch {
	case p.raw != nil:
		return p.raw.Flush()
	case p.groups != nil:
		return p.groups.Close()
	case p.counts != nil:
		return p.counts.Close()
	}
	return p.rows.Close()
}
