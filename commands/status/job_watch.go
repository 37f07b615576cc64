package status

import (
	"context"
	"fmt"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

// watchJobs prints the jobs whenever something changed, until no server that answers knows any of them. A job
// that was never seen, and a server that does not answer at the end, are errors then.
func watchJobs(ctx context.Context, env *cli.Env, o *jobStatusOptions) error {
	if format, err := env.Format(); err != nil || format.Kind == "json" {
		return cmderr.MergeErrors(err, cmderr.Usagef("--watch cannot print one JSON document: use -o jsonl"))
	}
	w := &jobWatcher{env: env, o: o, seen: map[string]bool{}}
	tick := time.NewTicker(o.interval)
	defer tick.Stop()
	for {
		rows, failed := jobStatusRows(ctx, env, *o)
		if len(rows) == 0 {
			return failed
		}
		if err := w.show(rows); err != nil {
			return err
		}
		if !w.anyKnown(rows) {
			return cmderr.MergeErrors(failed, unknownJobs(w.everKnown(rows)))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// jobWatcher remembers what was printed.
type jobWatcher struct {
	env  *cli.Env
	o    *jobStatusOptions
	last string
	seen map[string]bool // by name: a server knew the job at some time
}

// show prints rows when they changed, headings only once.
func (w *jobWatcher) show(rows []jobStatusRow) error {
	now := fmt.Sprint(withoutPointers(rows))
	if now == w.last {
		return nil
	}
	opts := w.o.output(w.env)
	opts.NoHeader = w.last != ""
	w.last = now
	return cli.PrintRows(w.env, opts, rows)
}

// withoutPointers returns rows that can be compared by their text.
func withoutPointers(rows []jobStatusRow) []jobStatusRow {
	all := make([]jobStatusRow, len(rows))
	for i, r := range rows {
		r.Clients = nil
		all[i] = r
	}
	return all
}

func (w *jobWatcher) anyKnown(rows []jobStatusRow) bool {
	known := false
	for _, r := range rows {
		w.seen[r.name()] = w.seen[r.name()] || r.Known
		known = known || r.Known
	}
	return known
}

// everKnown returns rows in which a job that was seen counts as known.
func (w *jobWatcher) everKnown(rows []jobStatusRow) []jobStatusRow {
	all := make([]jobStatusRow, len(rows))
	for i, r := range rows {
		r.Known = w.seen[r.name()]
		all[i] = r
	}
	return all
}
