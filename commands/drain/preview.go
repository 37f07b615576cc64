package drain

import (
	"context"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/pieces"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// confirm shows what will be drained, and what is left out, and asks, unless with --yes or when nothing waits and later jobs are
// not drained.
func (o *options) confirm(ctx context.Context, env *cli.Env, p *jobs.Plan, leftOut error) error {
	later, most := o.laterJobs(), int64(0)
	if o.yes || len(p.Queues) == 0 || servers.TotalWaiting(p.Queues) == 0 && later == "" {
		return nil
	}
	on := map[string]bool{}
	for _, q := range p.Queues {
		most += o.wouldDrain(q)
		if q.Waiting() > 0 || later != "" {
			on[q.Server] = true
			env.Info("%s on %s: %s waiting, %d running, %s", q.Function, q.Server,
				output.Plural(q.Waiting(), "job", "jobs"), q.Running, output.Plural(q.Workers, "worker", "workers"))
		}
	}
	env.NoteLeftOut(leftOut)
	return env.Confirm(ctx, "drain "+o.upTo(most)+o.describe(most)+cli.OnServers(len(on))+later+"?")
}

// upTo is put before n jobs of which not all need be drained: the time may be over before, or some do not match.
func (o *options) upTo(n int64) string {
	if n > 0 && (o.duration > 0 || !o.filter.None()) {
		return "up to "
	}
	return ""
}

func (o *options) describe(n int64) string {
	if o.filter.None() {
		return output.Plural(n, "job", "jobs")
	}
	return output.Plural(n, "job that matches", "jobs that match")
}

// dryRun reports what would be drained, and changes nothing.
func (d *drainer) dryRun(p *jobs.Plan) error {
	if d.o.to != "" && d.o.to != "-" {
		path, add := d.o.to, d.o.append
		if !d.o.rotate.None() && d.o.to != "" {
			path, add = pieces.Expand(path, d.env.Now()), true // a name that is taken gets a number
		}
		if err := checkArchiveFile(d.env.FS(), path, add); err != nil {
			return err
		}
	}
	rows := make([]row, 0, len(p.Queues))
	for _, q := range p.Queues {
		n := d.o.wouldDrain(q)
		d.env.Info("%s on %s: would drain %s%s%s", q.Function, q.Server, d.o.upTo(n), output.Plural(n, "job", "jobs"), d.o.laterJobs())
		rows = append(rows, row{Server: q.Server, Queue: q.Function, WouldDrain: &n, Remaining: new(q.Waiting()), Running: &q.Running})
	}
	return d.print(rows)
}
