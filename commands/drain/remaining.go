package drain

import (
	"context"
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// readRemaining asks a server what remains in the queues of rows, and whether drained jobs are among it.
func (d *drainer) readRemaining(ctx context.Context, src *jobs.Source, server string, rows []row) error {
	var bad, kept error
	err := src.Ask(ctx, d.dialer, server, func(ctx context.Context, c *wire.Conn) error {
		s, err := servers.AskQueues(ctx, c)
		if err != nil {
			return err
		}
		bad = cmderr.BadLines(s.Bad())
		var suspects []*row
		for i := range rows {
			r, q := &rows[i], s.Queue(rows[i].Queue)
			r.Remaining, r.Running = new(int64), new(int64)
			if q != nil {
				*r.Remaining, *r.Running = q.Waiting(), q.Running
			}
			if q != nil && q.Total > 0 && r.removal.Len() > 0 {
				suspects = append(suspects, r)
			}
		}
		kept, err = d.countKept(ctx, c, suspects)
		return err
	})
	return errors.Join(err, bad, kept)
}

// countKept corrects the counts of queues whose jobs the server has kept although it confirmed that they were acknowledged.
// The first error is about these, the second means that the server could not be asked.
func (d *drainer) countKept(ctx context.Context, c *wire.Conn, rows []*row) (kept, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	removals := make([]*jobs.Removal, len(rows))
	for i, r := range rows {
		removals[i] = &r.removal
	}
	n, err := jobs.CountKept(ctx, c, removals...)
	if servers.IsUnknownCommand(err) {
		return jobs.NotConfirmed("drain", c.Server()), nil
	}
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		known := n[i] - (r.removal.Len() - r.acknowledged) // without those that were requeued
		if known <= 0 {
			continue
		}
		kept = errors.Join(kept, jobs.KeptError("drain queue "+r.Queue, c.Server(), known))
		confirmed := r.Drained
		r.Drained, r.failed = min(r.Drained, r.acknowledged-known), true
		d.sink.kept(confirmed - r.Drained)
		if r.Drained == 0 {
			r.Bytes = 0
		}
	}
	return kept, nil
}

// noteRemaining points out jobs that were not drained.
func (d *drainer) noteRemaining(rows []row) {
	for _, r := range rows {
		if r.Remaining != nil && *r.Remaining > 0 && d.o.takesAll() && !r.failed {
			d.env.Info("%s on %s: %s: arrived in the meantime, or scheduled for later; count those: %s", r.Queue, r.Server,
				output.Plural(*r.Remaining, "job remains", "jobs remain"), cmderr.Try("peek", "--scheduled").Queues(r.Queue).On(r.Server))
		}
		if r.Running != nil && *r.Running > 0 {
			d.env.Info("%s on %s: %s still running on other workers", r.Queue, r.Server, output.Plural(*r.Running, "job is", "jobs are"))
		}
	}
}
