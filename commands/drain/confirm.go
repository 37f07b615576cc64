package drain

import (
	"cmp"
	"context"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// confirm shows what will be drained and asks, unless with --yes or when there is nothing to lose: nothing waits, and
// what arrives later is not taken.
func (o *options) confirm(ctx context.Context, env *cli.Env, p *jobs.Plan) error {
	later := o.futureJobs()
	if o.yes || len(p.Queues) == 0 || servers.TotalWaiting(p.Queues) == 0 && later == "" {
		return nil
	}
	for _, q := range p.Queues {
		if q.Waiting() > 0 || later != "" {
			env.Info("%s on %s: %s waiting, %d running, %s", q.Function, q.Server,
				output.Plural(q.Waiting(), "job", "jobs"), q.Running, output.Plural(q.Workers, "worker", "workers"))
		}
	}
	return env.Confirm(ctx, "drain "+output.Plural(servers.TotalWaiting(p.Queues), "job", "jobs")+later+"?")
}

// dryRows are the rows of a drain that takes nothing.
func (o *options) dryRows(p *jobs.Plan) []jobs.DrainRow {
	rows := make([]jobs.DrainRow, 0, len(p.Queues))
	for _, q := range p.Queues {
		rows = append(rows, jobs.DrainRow{
			Server: q.Server, Queue: q.Function, WouldDrain: new(o.wouldDrain(q)), Remaining: new(q.Waiting()), Running: &q.Running,
		})
	}
	return rows
}

// remaining asks a server what remains in the queues of rows.
func (d *drainer) remaining(ctx context.Context, known *jobs.Source, server string, rows []jobs.DrainRow) error {
	s, err := known.Snapshot(ctx, d.dialer, server)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Remaining, rows[i].Running = new(int64), new(int64)
		if q := s.Queue(rows[i].Queue); q != nil {
			*rows[i].Remaining, *rows[i].Running = q.Waiting(), q.Running
		}
	}
	return cmderr.BadLines(s.Bad())
}

func compareRows(a, b jobs.DrainRow) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Queue, b.Queue))
}
