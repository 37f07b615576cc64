package commands

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"gearctl/output"
	"gearctl/wire"
)

// cancelRow is a job that was cancelled, or not.
type cancelRow struct {
	Server      string `json:"server"`
	Handle      string `json:"handle" out:"wide"`
	Cancelled   bool   `json:"cancelled"`
	WouldCancel *bool  `json:"would_cancel" out:"optional"` // with --dry-run
	Was         string `json:"was"`                         // waiting, running or unknown
}

type jobCancelOptions struct {
	handles []string
	sweep   cli.StringSlice
	yes     bool
	dryRun  bool
}

func newJobCancel(env *Env) *Command {
	var o jobCancelOptions
	return &Command{
		Name: "cancel", Group: GroupAct, Args: "HANDLE…", Short: "cancel waiting jobs", Changes: true, Destroys: true,
		Examples: []Example{
			{"gearctl job cancel H:gm1:4711", "asks for confirmation, then cancels"},
			{"gearctl job cancel H:gm1:4711 --yes --sweep reports", "and makes the server remove it at once"},
		},
		Long: `A cancelled job is no longer given to workers, and a waiting client learns that it failed. The server still counts it
as waiting until a worker of its queue asks for a job; --sweep does that. A running job is not stopped.

Handles are not unique across servers: of several servers only the one that has the job cancels it.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask for confirmation"},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "show what would be cancelled, change nothing"},
			&cli.StringSliceFlag{Name: "sweep", Destination: &o.sweep, Usage: "then remove the cancelled jobs at the head of `QUEUE`; repeatable"},
		},
		Columns: keysOf[cancelRow](),
		Min:     1, Max: anyNumber,
		Run: func(ctx context.Context, w Words) error {
			o.handles = w.Args
			return runJobCancel(ctx, env, o)
		},
	}
}

func runJobCancel(ctx context.Context, env *Env, o jobCancelOptions) error {
	status := jobStatusOptions{handles: o.handles, interval: 1}
	if err := status.check(); err != nil {
		return err
	}
	opts := output.Options{HideInTable: env.serverColumn()}
	if o.dryRun {
		opts.HideInTable, opts.Also = append(opts.HideInTable, "cancelled"), []string{"would_cancel"}
	}
	p, err := newPrinter[cancelRow](env, opts)
	if err != nil {
		return err
	}
	states, failed := jobStatusRows(ctx, env, status)
	if len(states) == 0 {
		return failed
	}
	rows, err := cancelPlan(states)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return mergeErrors(failed, unknownJobs(states))
	}
	if o.dryRun {
		for i := range rows {
			rows[i].WouldCancel = new(true)
		}
		return mergeErrors(p.PrintAll(rows), failed, unknownJobs(states))
	}
	if !o.yes {
		if err := env.confirm(ctx, "cancel "+output.Plural(int64(len(rows)), "job", "jobs")+"?"); err != nil {
			return err
		}
	}
	err = cancelAll(ctx, env, rows)
	return mergeErrors(p.PrintAll(rows), err, failed, unknownJobs(states), sweepAll(ctx, env, rows, o.sweep.Value()))
}

// cancelPlan returns the jobs that a server knows. A handle that two servers know is nobody's for sure.
func cancelPlan(states []jobStatusRow) ([]cancelRow, error) {
	var rows []cancelRow
	for _, s := range states {
		if !s.Known {
			continue
		}
		if i := slices.IndexFunc(rows, func(r cancelRow) bool { return r.Handle == s.Handle }); i >= 0 {
			return nil, usagef("job %s exists on both %s and %s; name the server with -s", s.Handle, rows[i].Server, s.Server).
				hint("%s", try("job", "cancel").of(s.Handle).on(s.Server))
		}
		was := "waiting"
		if s.Running {
			was = "running"
		}
		rows = append(rows, cancelRow{Server: s.Server, Handle: s.Handle, Was: was})
	}
	return rows, nil
}

func cancelAll(ctx context.Context, env *Env, rows []cancelRow) error {
	d, err := env.dialer()
	if err != nil {
		return err
	}
	pool := &connPool{client: env.client(d)}
	defer pool.close()
	var errs []error
	for i := range rows {
		if err := cancelOne(ctx, pool, &rows[i]); err != nil {
			errs = append(errs, err)
		} else if rows[i].Was == "running" {
			env.Info("%s on %s is running and is not stopped", rows[i].Handle, rows[i].Server)
		}
	}
	return someFailed(errs, len(errs) < len(rows))
}

func cancelOne(ctx context.Context, pool *connPool, row *cancelRow) error {
	c, err := pool.get(ctx, row.Server)
	if err != nil {
		return err
	}
	if err := c.CancelJob(ctx, row.Handle); err != nil {
		return explainUnsupported(ctx, c, err, "cancel job", "1.1.6")
	}
	row.Cancelled = true
	return nil
}

// sweepAll makes the servers of rows forget the ignored jobs in front of queues.
func sweepAll(ctx context.Context, env *Env, rows []cancelRow, queues []string) error {
	d, err := env.dialer()
	if err != nil || len(queues) == 0 {
		return err
	}
	var servers []string
	for _, r := range rows {
		if !slices.Contains(servers, r.Server) {
			servers = append(servers, r.Server)
		}
	}
	var errs []error
	for _, r := range wire.FanOut(ctx, d, servers, func(ctx context.Context, c *wire.Conn) ([]string, error) {
		return sweepQueues(ctx, env, c, queues)
	}) {
		errs = append(errs, flatten(r.Err)...)
		for _, live := range r.Value {
			env.Info("%s on %s has live jobs: the first was requeued at the tail of its priority, and cancelled jobs behind it are still counted", live, r.Server)
		}
	}
	return someFailed(errs, len(errs) < len(servers))
}

// sweepQueues sweeps queues of one server, after the proof that a live job in the way survives it. It returns those
// that have one.
func sweepQueues(ctx context.Context, env *Env, c *wire.Conn, queues []string) (live []string, err error) {
	c.SetClientID(env.clientID())
	s, err := askQueues(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, q := range queues {
		known := s.Queue(q)
		if known == nil {
			return live, errorf("sweep queue %.100q on %s: unknown queue", q, c.Server())
		}
		if known.Waiting() == 0 {
			continue
		}
		isLive, err := sweepOne(ctx, c, q)
		if err != nil {
			return live, err
		}
		if isLive {
			live = append(live, q)
		}
	}
	return live, nil
}

func sweepOne(ctx context.Context, c *wire.Conn, queue string) (live bool, err error) {
	totals, err := c.JobTotals(ctx)
	if err != nil {
		return false, explainUnsupported(ctx, c, err, "show jobs", "1.1.6")
	}
	if err := c.CheckRelease(ctx, int(totals.MaxRetries)+moreReturns); err != nil {
		return false, errorf("sweep queue %s on %s: %w", queue, c.Server(), err)
	}
	return c.Sweep(ctx, queue)
}
