package status

import (
	"context"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// cancelRow is a job that was cancelled, or not.
type cancelRow struct {
	Server      string `json:"server" out:"name"`
	Handle      string `json:"handle" out:"name"`
	Cancelled   bool   `json:"cancelled" out:"keep"`
	WouldCancel *bool  `json:"would_cancel" out:"optional,keep"` // with --dry-run
	Was         string `json:"was"`                              // waiting, running or unknown
}

type cancelOptions struct {
	handles []string
	sweep   urfave.StringSlice
	yes     bool
	dryRun  bool
}

func newJobCancel(env *cli.Env) *cli.Command {
	var o cancelOptions
	return &cli.Command{
		Name: "cancel", Group: cli.GroupAct, Args: "HANDLE…", Short: "cancel waiting jobs", Changes: true, Destroys: true,
		Examples: []cli.Example{
			{Line: "gearctl job cancel H:gm1:4711", What: "asks for confirmation, then cancels"},
			{Line: "gearctl job cancel H:gm1:4711 --yes --sweep reports", What: "and makes the server remove it at once"},
		},
		Long: `A cancelled job is no longer given to workers, and a waiting client learns that it failed. The server still counts it
as waiting until a worker of its queue asks for a job; --sweep does that. A job that is scheduled for later (submit
--at) is never run either, but is counted on until its time has come and then a worker asks: no server removes it
before. At that time gearmand 2.0.0 can stop answering. A running job is not stopped.

Handles are not unique across servers: of several servers only the one that has the job cancels it.`,
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask for confirmation"},
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "show what would be cancelled, change nothing"},
			&urfave.StringSliceFlag{Name: "sweep", Destination: &o.sweep, Usage: "then remove the cancelled jobs at the head of `QUEUE`; repeatable"},
		},
		Columns: cli.KeysOf[cancelRow](),
		Min:     1, Max: cli.AnyNumber,
		Run: func(ctx context.Context, w cli.Words) error {
			o.handles = w.Args
			return runJobCancel(ctx, env, o)
		},
	}
}

func runJobCancel(ctx context.Context, env *cli.Env, o cancelOptions) error {
	status := jobStatusOptions{handles: o.handles, interval: 1}
	if err := status.check(); err != nil {
		return err
	}
	opts := output.Options{HideInTable: env.ServerColumn()}
	if o.dryRun {
		opts.HideInTable, opts.Also = append(opts.HideInTable, "cancelled"), []string{"would_cancel"}
	}
	p, err := cli.NewPrinter[cancelRow](env, opts)
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
		return cmderr.MergeErrors(failed, unknownJobs(states))
	}
	if o.dryRun {
		for i := range rows {
			rows[i].WouldCancel = new(true)
		}
		return cmderr.MergeErrors(p.PrintAll(rows), failed, unknownJobs(states))
	}
	if !o.yes {
		if err := confirmCancel(ctx, env, rows, cmderr.MergeErrors(failed, unknownJobs(states))); err != nil {
			return err
		}
	}
	err = cancelAll(ctx, env, rows)
	return cmderr.MergeErrors(p.PrintAll(rows), err, failed, unknownJobs(states), sweepAll(ctx, env, rows, o.sweep.Value()))
}

// confirmCancel shows what will be cancelled and where, and what is left out, and asks.
func confirmCancel(ctx context.Context, env *cli.Env, rows []cancelRow, leftOut error) error {
	on := map[string]bool{}
	for _, r := range rows {
		on[r.Server] = true
		note := ""
		if r.Was == "running" {
			note = ", and is not stopped"
		}
		env.Info("%s on %s: %s%s", r.Handle, r.Server, r.Was, note)
	}
	env.NoteLeftOut(leftOut)
	return env.Confirm(ctx, "cancel "+output.Plural(int64(len(rows)), "job", "jobs")+cli.OnServers(len(on))+"?")
}

// cancelPlan returns the jobs that a server knows. A handle that two servers know is nobody's for sure.
func cancelPlan(states []jobStatusRow) ([]cancelRow, error) {
	var rows []cancelRow
	for _, s := range states {
		if !s.Known {
			continue
		}
		if i := slices.IndexFunc(rows, func(r cancelRow) bool { return r.Handle == s.Handle }); i >= 0 {
			return nil, cmderr.Usagef("job %s exists on both %s and %s; name the server with -s", s.Handle, rows[i].Server, s.Server).
				Hint("%s", cmderr.Try("job", "cancel").Of(s.Handle).On(s.Server))
		}
		was := "waiting"
		if s.Running {
			was = "running"
		}
		rows = append(rows, cancelRow{Server: s.Server, Handle: s.Handle, Was: was})
	}
	return rows, nil
}

func cancelAll(ctx context.Context, env *cli.Env, rows []cancelRow) error {
	d, err := env.Dialer()
	if err != nil {
		return err
	}
	pool := &connect.Pool{Client: env.Client(d)}
	defer pool.Close()
	var errs []error
	for i := range rows {
		if err := cancelOne(ctx, pool, &rows[i]); err != nil {
			errs = append(errs, err)
		} else if rows[i].Was == "running" {
			env.Info("%s on %s is running and is not stopped", rows[i].Handle, rows[i].Server)
		}
	}
	return cmderr.SomeFailed(errs, len(errs) < len(rows))
}

func cancelOne(ctx context.Context, pool *connect.Pool, row *cancelRow) error {
	c, err := pool.Get(ctx, row.Server)
	if err != nil {
		return err
	}
	if err := c.CancelJob(ctx, row.Handle); err != nil {
		return servers.ExplainUnsupported(ctx, c, err, "cancel job", "1.1.6")
	}
	row.Cancelled = true
	return nil
}

// sweepAll makes the servers of rows forget the ignored jobs in front of queues.
func sweepAll(ctx context.Context, env *cli.Env, rows []cancelRow, queues []string) error {
	d, err := env.Dialer()
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
	for _, r := range wire.FanOut(ctx, d, servers, func(ctx context.Context, c *wire.Conn) (unswept, error) {
		return sweepQueues(ctx, env, c, queues)
	}) {
		errs = append(errs, cmderr.Flatten(r.Err)...)
		for _, live := range r.Value.live {
			env.Info("%s on %s has live jobs: the first was requeued at the tail of its priority, and cancelled jobs behind it are still counted", live, r.Server)
		}
		for _, later := range r.Value.later {
			env.Info("%s on %s still counts jobs that no worker is given: a cancelled job for later is counted until its time has come and a worker asks", later, r.Server)
		}
	}
	return cmderr.SomeFailed(errs, len(errs) < len(servers))
}

// unswept are the queues that have jobs after a sweep: live ones, or only such that no worker is given.
type unswept struct{ live, later []string }

// sweepQueues sweeps queues of one server, after the proof that a live job in the way survives it.
func sweepQueues(ctx context.Context, env *cli.Env, c *wire.Conn, queues []string) (left unswept, err error) {
	c.SetClientID(env.ClientID())
	s, err := servers.AskQueues(ctx, c)
	if err != nil {
		return left, err
	}
	for _, q := range queues {
		known := s.Queue(q)
		if known == nil {
			return left, cmderr.Errorf("sweep queue %.100q on %s: unknown queue", q, c.Server())
		}
		if known.Waiting() == 0 {
			continue
		}
		isLive, err := probe.SweepCancelled(ctx, c, q)
		if err != nil {
			return left, err
		}
		now, err := servers.AskQueue(ctx, c, q)
		switch {
		case err != nil:
			return left, err
		case isLive:
			left.live = append(left.live, q)
		case now.Waiting() > 0:
			left.later = append(left.later, q)
		}
	}
	return left, nil
}
