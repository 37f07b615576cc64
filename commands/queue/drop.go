package queue

import (
	"context"
	"errors"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

type dropOptions struct {
	queues []string
	all    bool
	yes    bool
	dryRun bool
}

func newDrop(env *cli.Env) *cli.Command {
	var o dropOptions
	return &cli.Command{
		Name: "drop", Group: cli.GroupAct, Args: "QUEUE|GLOB…", Short: "delete empty queues", Changes: true, Destroys: true,
		Examples: []cli.Example{
			{Line: "gearctl queue drop worker_old --yes", What: "a queue whose worker was decommissioned"},
			{Line: "gearctl queue drop 'worker_dmz*' --dry-run", What: "which of these could be dropped, and what keeps the others"},
		},
		Long: `Refuses a queue that still has jobs or workers, and there is no way to force it: dropping a queue with waiting jobs
corrupts gearmand, after which jobs with the same unique keys are accepted and never run. Drain it first. So of the
queues that a glob selects those with jobs or workers are refused, and the others dropped. A glob that matches every
queue needs --all, and none matches gearctl's own queues unless it begins with gearctl_.

The server ignores case when it drops a queue: a queue is also refused if another differs from it only by case.

A job that arrives at the moment of the drop is in no queue afterwards: a ghost. The list of all jobs is read before
and after to detect ghosts, and nothing is dropped while there are any. gearmand blocks meanwhile, about 70 ms for
100,000 jobs. Servers older than 1.1.6 have no such list.`,
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "all", Destination: &o.all, Usage: "allow a glob that matches every queue"},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask for confirmation"},
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "show what would be dropped, change nothing"},
		},
		Columns: cli.KeysOf[row](),
		Min:     1, Max: cli.AnyNumber,
		Complete: env.CompleteQueues,
		Run: func(ctx context.Context, w cli.Words) error {
			o.queues = w.Args
			return runDrop(ctx, env, o)
		},
	}
}

func runDrop(ctx context.Context, env *cli.Env, o dropOptions) error {
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	for _, q := range m.Exact {
		if err := checkName("drop", q); err != nil {
			return err
		}
	}
	p, err := newRowPrinter(env)
	if err != nil {
		return err
	}
	plan, failed := planDrop(ctx, env, m, o.all)
	if len(plan) == 0 {
		return failed
	}
	if !o.yes && !o.dryRun {
		if err := plan.confirm(ctx, env, failed); err != nil {
			return err
		}
	}
	return cmderr.MergeErrors(failed, changeOn(ctx, env, p, plan.servers(), func(ctx context.Context, c *wire.Conn) ([]row, error) {
		return dropQueues(ctx, c, plan.queues(c.Server()), o.dryRun)
	}))
}

// dropQueues drops what can be dropped, and checks for ghosts before and afterwards. The drops follow right after the status
// that allows them, in one round trip with the second check.
func dropQueues(ctx context.Context, c *wire.Conn, queues []string, dryRun bool) ([]row, error) {
	list, err := refuseGhosts(ctx, c)
	if err != nil {
		return nil, err
	}
	var rows []row
	var errs []error
	for _, q := range queues {
		if err := droppable(c.Server(), list, q); err != nil {
			errs = append(errs, cli.WithServer(err, c.Server()))
		} else {
			rows = append(rows, row{c.Server(), q, "would be dropped"})
		}
	}
	if len(rows) > 0 && !dryRun {
		var failed error
		rows, failed = dropAll(ctx, c, rows)
		errs = append(errs, cmderr.Flatten(failed)...)
	}
	return rows, cmderr.SomeFailed(errs, false)
}

// dropAll drops the queues of rows, and returns the rows of those that were dropped. Ghosts afterwards are an error beside
// them.
func dropAll(ctx context.Context, c *wire.Conn, rows []row) (dropped []row, err error) {
	for _, r := range rows {
		c.PipelineDrop(r.Queue)
	}
	c.Pipeline(wire.CommandShowJobs, wire.CommandStatus)
	var errs, refused []error
	for _, r := range rows {
		err := c.DropFunction(ctx, r.Queue)
		var no *wire.ServerError
		switch {
		case errors.As(err, &no):
			refused = append(refused, err)
		case err != nil:
			return dropped, errors.Join(append(refused, err)...)
		default:
			r.Done = "dropped"
			dropped = append(dropped, r)
		}
	}
	_, ghosts := refuseGhosts(ctx, c)
	for _, err := range refused { // only now: this sends another command
		errs = append(errs, servers.ExplainUnsupported(ctx, c, err, "drop function", "0.25"))
	}
	if len(dropped) > 0 {
		errs = append(errs, cmderr.Flatten(ghosts)...)
	}
	return dropped, errors.Join(errs...)
}

// refuseGhosts returns the queues, and an error if the server has jobs of queues that were dropped. A server that does not
// list its jobs passes.
func refuseGhosts(ctx context.Context, c *wire.Conn) ([]wire.FunctionStatus, error) {
	l, err := takeInventory(ctx, c)
	if servers.IsUnknownCommand(err) {
		return l.queues, nil
	}
	if err != nil {
		return nil, err
	}
	return l.queues, ghostsError(c.Server(), l.ghosts)
}

// droppable returns why a queue must not be dropped, or nil.
func droppable(server string, list []wire.FunctionStatus, queue string) error {
	q := servers.FindQueue(list, queue)
	if q == nil {
		return servers.UnknownQueue(queue, servers.QueueNames(list))
	}
	for _, other := range list {
		if other.Function != queue && strings.EqualFold(other.Function, queue) {
			return cmderr.Errorf("drop queue %s: the server ignores case and would also drop %s", queue, other.Function)
		}
	}
	switch {
	case q.Total > 0:
		err := cmderr.WithHint(cmderr.Errorf("drop queue %s: it still has %s: dropping it would corrupt the server", queue, output.Plural(q.Total, "job", "jobs")),
			"%s", cmderr.Try("drain").Queues(queue).On(server))
		if q.Waiting() == 0 {
			return err
		}
		return cmderr.AddHint(err, "jobs for later stay when it is drained: %s", cmderr.Try("peek", "--scheduled").Queues(queue).On(server))
	case q.Workers > 0:
		return cmderr.WithHint(cmderr.Errorf("drop queue %s: it still has %s", queue, output.Plural(q.Workers, "worker", "workers")), "%s", cmderr.Try("workers").Queues(queue).On(server))
	}
	return nil
}
