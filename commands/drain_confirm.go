package commands

import (
	"cmp"
	"context"

	"gearctl/output"
)

// confirm shows what will be drained and asks, unless with --yes or when there is nothing to lose: nothing waits, and
// what arrives later is not taken.
func (o *drainOptions) confirm(ctx context.Context, env *Env, p *drainPlan) error {
	later := o.takesLater()
	if o.yes || len(p.queues) == 0 || waitingIn(p.queues) == 0 && later == "" {
		return nil
	}
	for _, q := range p.queues {
		if q.Waiting() > 0 || later != "" {
			env.Info("%s on %s: %s waiting, %d running, %s", q.Function, q.Server,
				output.Plural(q.Waiting(), "job", "jobs"), q.Running, output.Plural(q.Workers, "worker", "workers"))
		}
	}
	return env.confirm(ctx, "drain "+output.Plural(waitingIn(p.queues), "job", "jobs")+later+"?")
}

// dryRows are the rows of a drain that takes nothing.
func (o *drainOptions) dryRows(p *drainPlan) []drainRow {
	rows := make([]drainRow, 0, len(p.queues))
	for _, q := range p.queues {
		rows = append(rows, drainRow{
			Server: q.Server, Queue: q.Function, WouldDrain: new(o.wouldDrain(q)), Remaining: new(q.Waiting()), Running: &q.Running,
		})
	}
	return rows
}

// remaining asks a server what remains in the queues of rows.
func (d *drainer) remaining(ctx context.Context, known *proven, server string, rows []drainRow) error {
	s, err := known.snapshot(ctx, d.d, server)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Remaining, rows[i].Running = new(int64), new(int64)
		if q := s.Queue(rows[i].Queue); q != nil {
			*rows[i].Remaining, *rows[i].Running = q.Waiting(), q.Running
		}
	}
	return badLines(s.Bad())
}

func compareDrainRows(a, b drainRow) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Queue, b.Queue))
}
