package commands

import (
	"cmp"
	"context"

	"gearctl/output"
	"gearctl/wire"
)

// drainPlan is what a drain will touch.
type drainPlan struct{ queues []statusRow }

// planDrain finds the queues that m names. Without any it returns no plan and the reason; else an error beside the
// plan tells what is missing.
func planDrain(ctx context.Context, env *Env, m *queueMatcher, all bool) (*drainPlan, error) {
	if err := env.eachOnce(ctx); err != nil {
		return nil, err
	}
	rows, err := statusRows(ctx, env, &queueMatcher{}, statusOptions{})
	if rows == nil && err != nil {
		return nil, err
	}
	var names []string
	others := 0 // queues that a glob can mean
	p := &drainPlan{}
	for _, r := range rows {
		names = append(names, r.Queue)
		if !isOwn(r.Queue) {
			others++
		}
		if m.match(r.Queue) {
			p.queues = append(p.queues, r)
		}
	}
	missing := m.missing(names)
	if len(p.queues) == 0 {
		return nil, mergeErrors(append(missing, err)...)
	}
	if len(p.queues) >= others && len(m.globs) > 0 && others > 1 && !all {
		return nil, usagef("%s matches every queue there is (%d)", m.globs[0], others).hint("add --all if that is meant")
	}
	return p, mergeErrors(someFailed(missing, true), err)
}

func (p *drainPlan) waiting() int64 {
	var n int64
	for _, q := range p.queues {
		n += q.Waiting
	}
	return n
}

// confirm shows what will be drained and asks, unless yes or when there is nothing to lose.
func (p *drainPlan) confirm(ctx context.Context, env *Env, yes bool) error {
	if yes || p.waiting() == 0 {
		return nil
	}
	for _, q := range p.queues {
		if q.Waiting > 0 {
			env.note("%s on %s: %s waiting, %d running, %s", q.Queue, q.Server,
				output.Plural(q.Waiting, "job", "jobs"), q.Running, output.Plural(q.Workers, "worker", "workers"))
		}
	}
	return env.confirm(ctx, "drain "+output.Plural(p.waiting(), "job", "jobs")+"?")
}

// dryRows are the rows of a drain that takes nothing.
func (p *drainPlan) dryRows() []drainRow {
	rows := make([]drainRow, 0, len(p.queues))
	for _, q := range p.queues {
		rows = append(rows, drainRow{Server: q.Server, Queue: q.Queue, Remaining: &q.Waiting, Running: &q.Running})
	}
	return rows
}

// servers returns the servers of the plan, each with its queues.
func (p *drainPlan) servers() map[string][]statusRow {
	by := map[string][]statusRow{}
	for _, q := range p.queues {
		by[q.Server] = append(by[q.Server], q)
	}
	return by
}

// statusOf asks c for the queues in rows and sets what remains of them.
func statusOf(ctx context.Context, c *wire.Conn, rows []drainRow) error {
	list, err := c.Status(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Remaining, rows[i].Running = new(int64), new(int64)
		for _, q := range list.Rows {
			if q.Function == rows[i].Queue {
				*rows[i].Remaining, *rows[i].Running = q.Waiting(), q.Running
			}
		}
	}
	return badLines(list.Bad)
}

func compareDrainRows(a, b drainRow) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Queue, b.Queue))
}
