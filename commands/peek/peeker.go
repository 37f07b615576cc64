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

// peeker looks into queues, one after the other.
type peeker struct {
	env    *cli.Env
	o      *options
	dialer *wire.Dialer
	keys   []modgearman.Key
	rows   *output.Printer[row]      // nil with -o raw and --group-by
	groups *output.Printer[groupRow] // nil without --group-by
	raw    *jobs.RawWriter           // nil without -o raw

	showsData bool // the payloads are printed
	printed   bool // a row
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

// hidden are the columns that say the same in every row.
func (p *peeker) hidden() []string {
	hide := p.env.ServerColumn()
	if m, err := servers.NewMatcher(p.o.queues); err == nil && len(m.Globs) == 0 && len(m.Exact) == 1 {
		hide = append(hide, "queue")
	}
	return hide
}

func (p *peeker) run(ctx context.Context, plan *jobs.Plan) error {
	defer func() {
		for _, known := range p.sources {
			known.Close()
		}
	}()
	var errs []error
	looked := 0
	proved := map[string]error{}
	for _, q := range plan.Queues {
		if q.Waiting() == 0 {
			looked++
			continue
		}
		err, asked := proved[q.Server]
		if !asked {
			err = p.checkRelease(ctx, q.Server, plan)
			proved[q.Server] = err
			errs = append(errs, cmderr.Flatten(err)...)
		}
		if err != nil {
			continue
		}
		if err = p.queue(ctx, q); err != nil {
			errs = append(errs, cmderr.Flatten(err)...)
		} else {
			looked++
		}
		if ctx.Err() != nil {
			break
		}
	}
	if !p.printed && looked == 0 && len(errs) > 0 {
		return cmderr.SomeFailed(errs, false) // no jobs were seen, which is not to say that there are none
	}
	err := p.close()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return cmderr.MergeErrors(cmderr.SomeFailed(errs, looked > 0), err)
}

// checkRelease makes sure that a server takes jobs back.
func (p *peeker) checkRelease(ctx context.Context, server string, plan *jobs.Plan) error {
	proof := &jobs.ReleaseCheck{Log: p.env, Action: "peek into queues of", AlwaysReleases: true}
	known, err := proof.Dial(ctx, p.dialer, server, servers.TotalWaiting(plan.Servers()[server]))
	if err == nil {
		p.sources = append(p.sources, known)
	}
	return err
}

// queue looks into one queue.
func (p *peeker) queue(ctx context.Context, q servers.Queue) error {
	look := &inspection{peeker: p, q: q, groups: map[string]*groupRow{}}
	if p.o.rotate {
		_, err := wire.Peek(ctx, p.dialer, q.Server, q.Function, p.env.ClientID(), p.o.max, look.inspect)
		return errors.Join(look.explainLimit(err), look.finish())
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
			Job: look.inspect, Sync: func() error { return nil }, Acknowledge: func(int64) bool { return false },
		})
	})
	err = look.explainLimit(err)
	p.noteHeld(q, n, p.env.Now().Sub(start))
	missing := jobs.MissingJobs(q.Function, q.Server, n)
	if missing != nil && q.Workers > 0 {
		p.env.Info("%v", missing)
		missing = nil
	}
	return errors.Join(err, missing, look.finish())
}

// What ends looking at jobs before the end of a queue. They are all held and released all the same.
var (
	errHoldBytes  = errors.New("more than --hold-bytes")
	errShownBytes = errors.New("more to show than --max-packet")
	errGroups     = errors.New("more groups than --max-rows keeps")
)

// explainLimit explains an error of job.
func (l *inspection) explainLimit(err error) error {
	where := fmt.Sprintf("peek into queue %s on %s", l.q.Function, l.q.Server)
	switch {
	case errors.Is(err, errShownBytes):
		return cmderr.WithHint(cmderr.Errorf("%s: the jobs to show exceed --max-packet %s in total: showing the first %d", where,
			&l.env.Globals.MaxPacket, len(l.shown)), "show fewer with --max %d, or raise --max-packet", len(l.shown))
	case errors.Is(err, errGroups):
		return cmderr.WithHint(cmderr.Errorf("%s: more groups than --max-rows %d keeps: counted the first %d jobs", where,
			l.env.Globals.MaxRows, l.seen), "group by another field, or raise --max-rows")
	case errors.Is(err, errHoldBytes):
		return cmderr.WithHint(cmderr.Errorf("%s: its jobs exceed --hold-bytes %s: inspected the first %d", where, &l.o.limitBytes, l.seen),
			"use --rotate, which holds only the jobs shown; or raise --hold-bytes")
	}
	return err
}

// noteHeld tells for how long other workers found nothing.
func (p *peeker) noteHeld(q servers.Queue, n wire.Taken, took time.Duration) {
	p.env.Info("%s on %s: held %s for %s", q.Function, q.Server, output.Plural(n.Jobs, "job", "jobs"), output.Seconds(took.Seconds()))
}

func (p *peeker) close() error {
	switch {
	case p.raw != nil:
		return p.raw.Flush()
	case p.groups != nil:
		return p.groups.Close()
	}
	return p.rows.Close()
}
