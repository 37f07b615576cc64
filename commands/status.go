package commands

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/output"
	"gearctl/wire"
)

// statusRow is a Queue as it is printed.
type statusRow struct {
	Server  string `json:"server"`
	Queue   string `json:"queue" out:"wide"`
	Total   int64  `json:"total"`
	High    *int64 `json:"high" out:"optional"`
	Normal  *int64 `json:"normal" out:"optional"`
	Low     *int64 `json:"low" out:"optional"`
	Waiting int64  `json:"waiting"`
	Running int64  `json:"running"`
	Workers int64  `json:"workers"`
}

// Style marks the queue that nobody works on.
func (r statusRow) Style(key string) output.Style {
	switch {
	case key == "waiting" && r.Waiting > 0 && r.Workers == 0, key == "workers" && r.Waiting > 0 && r.Workers == 0:
		return output.Bad
	case key == "waiting" && r.Waiting > 0:
		return output.Warn
	case key == "running" && r.Running > 0:
		return output.Good
	}
	return output.Plain
}

type statusOptions struct {
	queues   []string
	sort     string
	waiting  bool
	priority bool
	watch    bool
	interval time.Duration
}

func newStatus(env *Env) *Command {
	var o statusOptions
	return &Command{
		Name: "status", Group: GroupLook, Args: "[QUEUE|GLOB…]", Short: "show queues with their waiting and running jobs and workers",
		Examples: []Example{
			{"gearctl status", "every queue of the local server"},
			{"gearctl status 'hostgroup_*' --waiting --sort -waiting", "where jobs pile up, worst first"},
			{"gearctl status -s gm1,gm2 -o json", "two servers, for scripts"},
			{"gearctl status --watch --priority", "live, waiting jobs by priority"},
		},
		Long: `TOTAL is the server's count of waiting and running jobs, including cancelled and abandoned ones, which stay until a
worker asks for a job. WORKERS counts connections that serve the queue; those of a crashed host stay until TCP times
out. A queue with waiting jobs and no worker is marked.

A table of more than --max-rows queues is refused. csv, jsonl, json and template print any number, sorted up to
--max-rows and in server order beyond.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEYS`, comma separated, -KEY for descending (default: server,queue)"},
			&cli.BoolFlag{Name: "waiting", Aliases: []string{"w"}, Destination: &o.waiting, Usage: "show only queues with waiting jobs"},
			&cli.BoolFlag{Name: "priority", Aliases: []string{"p"}, Destination: &o.priority, Usage: "also show waiting jobs by priority (correct in gearmand 1.1.20 and later)"},
			&cli.BoolFlag{Name: "watch", Aliases: []string{"W"}, Destination: &o.watch, Usage: "refresh until interrupted"},
			durationFlag("interval", &o.interval, 2*time.Second, "refresh every `DURATION`"),
		},
		Columns:  keysOf[statusRow](),
		Max:      anyNumber,
		Complete: env.completeQueues,
		Run: func(ctx context.Context, w Words) error {
			o.queues = w.Args
			return runStatus(ctx, env, o)
		},
	}
}

func runStatus(ctx context.Context, env *Env, o statusOptions) error {
	m, err := newQueueMatcher(o.queues)
	if err != nil {
		return err
	}
	opts := output.Options{Sort: o.sort, HideInTable: env.serverColumn(), Empty: "no queues"}
	if o.priority {
		opts.Also = []string{"high", "normal", "low"}
	}
	if o.watch {
		return watchStatus(ctx, env, m, o, opts)
	}
	if format, err := env.format(); err == nil && o.streams(format) {
		return streamStatus(ctx, env, m, o, opts)
	}
	rows, err := statusRows(ctx, env, m, o)
	if len(rows) == 0 && err != nil {
		return err
	}
	return mergeErrors(printRows(env, opts, rows), err)
}

// ask asks a server for what is to be printed.
func (o *statusOptions) ask(ctx context.Context, c *wire.Conn) (*Snapshot, error) {
	s, err := askQueues(ctx, c)
	if err != nil || !o.priority {
		return s, err
	}
	err = s.ask(ctx, c, partPriorities)
	return s, explainUnsupported(ctx, c, err, "prioritystatus", "1.1.15")
}

// statusRows returns the queues that m names on all servers. What is missing is an error beside the rows.
func statusRows(ctx context.Context, env *Env, m *queueMatcher, o statusOptions) ([]statusRow, error) {
	var rows []statusRow
	var known []string
	var bad []*wire.LineError
	err := collect(ctx, env, o.ask, func(server string, s *Snapshot) {
		bad = append(bad, s.Bad()...)
		known = slices.Grow(known, len(s.Queues.Rows))
		rows = slices.Grow(rows, len(s.Queues.Rows))
		priorities := s.PrioritiesByQueue()
		for _, q := range s.Queues.Rows {
			known = append(known, q.Function)
			if m.match(q.Function) && (!o.waiting || q.Waiting() > 0) {
				rows = append(rows, newStatusRow(Queue{server, q}, priorities[q.Function]))
			}
		}
	})
	errs := []error{err, badLines(bad)}
	if len(known) > 0 || err == nil {
		errs = append(errs, someFailed(m.missing(known), len(rows) > 0))
	}
	slices.SortFunc(rows, compareStatusRows)
	return rows, mergeErrors(errs...)
}

func compareStatusRows(a, b statusRow) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Queue, b.Queue))
}

// newStatusRow returns the row of a queue. p is nil where its jobs by priority are not known.
func newStatusRow(q Queue, p *wire.PriorityStatus) statusRow {
	r := statusRow{Server: q.Server, Queue: q.Function, Total: q.Total, Waiting: q.Waiting(), Running: q.Running, Workers: q.Workers}
	if p != nil {
		r.High, r.Normal, r.Low = &p.High, &p.Normal, &p.Low
	}
	return r
}
