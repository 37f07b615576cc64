package commands

import (
	"context"

	"github.com/urfave/cli/v2"

	"gearctl/output"
)

// The states of a queue that was looked after.
const (
	gcDropped = "dropped" // nothing is left, and the server has forgotten it
	gcSwept   = "swept"   // nothing is left; the server keeps the name
	gcLive    = "live"    // it has jobs that are to be done
	gcLater   = "later"   // it has jobs that the server does not hand out now
	gcChanged = "changed" // it was used or dropped in the meantime, and was left alone
	gcGhost   = "ghost"   // jobs that no queue counts
)

// gcRow is what became of a queue of a server.
type gcRow struct {
	Server    string  `json:"server"`
	Queue     *string `json:"queue" out:"wide"` // null for ghosts: nobody knows theirs
	State     string  `json:"state"`
	Jobs      int64   `json:"jobs"` // at the beginning
	Freed     int64   `json:"freed"`
	WouldFree *int64  `json:"would_free" out:"optional"` // with --dry-run, at most
	Remaining int64   `json:"remaining"`
}

// Style marks what is not clean.
func (r gcRow) Style(key string) output.Style {
	switch {
	case key == "state" && r.State == gcGhost:
		return output.Bad
	case key == "state" && (r.State == gcLive || r.State == gcLater):
		return output.Warn
	}
	return output.Plain
}

type queueGCOptions struct {
	queues []string
	empty  bool
	all    bool
	yes    bool
	dryRun bool
}

func newQueueGC(env *Env) *Command {
	var o queueGCOptions
	return &Command{
		Name: "gc", Group: GroupAct, Args: "[QUEUE|GLOB…]", Short: "sweep queues that hold only cancelled or abandoned jobs", Changes: true, Destroys: true,
		Examples: []Example{
			{"gearctl queue gc --dry-run", "what would be touched"},
			{"gearctl queue gc", "asks, then sweeps"},
			{"gearctl queue gc 'worker_*' --empty --yes", "also drops the empty ones, without asking"},
		},
		Long: `A job that was cancelled, or whose client went away, is counted as waiting until a worker of its queue asks for a
job. Without a worker it stays for ever: a phantom, which looks like a job that nobody does. gc finds queues that have
no worker, no running job and no more jobs than the server has cancelled and abandoned ones, asks each for one job,
which makes the server free those in front, and drops the queue when nothing is left.

Should a live job come instead, the queue is reported as live and stays. The job is handed back, to the tail of its
priority; that the server keeps it is tried on a job of gearctl's own before, and a server that runs with
--job-retries too low is refused. Behind a live job nothing is freed: gc does not touch live jobs for the sake of
cancelled ones, which go when a worker comes to them. A job for a later time may hide others: such a queue is reported
as later and stays.

Queues whose names begin with gearctl_ are gearctl's own. Those without worker were left by one that was killed: their
jobs are thrown away and they are dropped. health, exporter and the globs of other commands leave them out. Empty queues
are not touched without --empty.

Ghosts are jobs that no queue counts. gearmand makes them when a queue is dropped while it has jobs, accepts new jobs
with their unique keys and never runs them. Only a restart removes them: gc reports them and exits with code 4.

The list of all jobs is asked for once, once more when something was dropped, and again each time when there seem to be
ghosts. gearmand stands still meanwhile, about 70 ms for 100,000 jobs.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "empty", Destination: &o.empty, Usage: "also drop empty queues without worker"},
			&cli.BoolFlag{Name: "all", Destination: &o.all, Usage: "allow a glob that matches every queue"},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask"},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "tell what would be swept and touch nothing"},
		},
		Columns:  keysOf[gcRow](),
		Max:      anyNumber,
		Complete: env.completeQueues,
		Run: func(ctx context.Context, w Words) error {
			o.queues = w.Args
			return runQueueGC(ctx, env, &o)
		},
	}
}

func runQueueGC(ctx context.Context, env *Env, o *queueGCOptions) error {
	m, err := newQueueMatcher(o.queues)
	if err != nil {
		return err
	}
	m.own = true
	opts := output.Options{HideInTable: env.serverColumn(), Empty: "nothing to sweep"}
	if o.dryRun {
		opts.HideInTable, opts.Also = append(opts.HideInTable, "freed"), []string{"would_free"}
	}
	p, err := newPrinter[gcRow](env, opts)
	if err != nil {
		return err
	}
	plan, err := planGC(ctx, env, m, o)
	if plan == nil {
		return err
	}
	if o.dryRun {
		rows := plan.dryRows()
		return mergeErrors(p.PrintAll(rows), plan.ghosts(), err)
	}
	if ask := plan.confirm(ctx, env, o.yes); ask != nil {
		return ask
	}
	rows, failed := plan.sweep(ctx, env, o)
	if len(rows) == 0 && failed != nil {
		return mergeErrors(failed, err)
	}
	return mergeErrors(p.PrintAll(rows), failed, err)
}
