package bulk

import (
	"context"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// noteLater reports when jobs for later will run, how to take them back, and what they do until then.
func (b *Batch) noteLater(ctx context.Context) {
	if b.Request.At.IsZero() {
		return
	}
	for _, t := range b.targets {
		if t.row.Submitted == 0 {
			continue
		}
		at := b.Request.At
		left := at.Sub(b.Start).Round(time.Second)
		jobs := output.Plural(t.row.Submitted, "job is", "jobs are")
		when := at.Format("2006-01-02 15:04:05 MST")
		if left <= 0 {
			b.Log.Info("%s on %s: %s due at once: %s is over", t.row.Queue, t.row.Server, jobs, when)
			continue
		}
		b.Log.Info("%s on %s: %s due at %s, in %s", t.row.Queue, t.row.Server, jobs, when, inWords(left))
		v, err := servers.AskVersion(ctx, t.conn)
		if t.row.Submitted == 1 {
			v.NoteCancelLater(b.Log, t.row.Server, t.last)
		}
		if err == nil && v.FutureHidesLow() {
			b.Log.Info("until then %s gives out no low-priority job of %s", v, t.row.Queue)
		}
	}
}

// inWords is a duration in days where it has many.
func inWords(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 3*day {
		return cmderr.ShortDuration(d)
	}
	return "about " + output.Plural(int64(d.Round(day)/day), "day", "days")
}
