// Package status has the commands that ask a server: status, jobs, job, ping, version and raw.
package status

import (
	"context"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

type options struct {
	queues   []string
	sort     string
	waiting  bool
	priority bool
	watch    bool
	interval time.Duration
	by       string // empty: a row for each queue of each server
}

func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "status", Group: cli.GroupInspect, OnlyReads: true, Args: "[QUEUE|GLOB…]", Short: "show queues with their waiting and running jobs and workers",
		Examples: []cli.Example{
			{Line: "gearctl status", What: "every queue of the local server"},
			{Line: "gearctl status 'hostgroup_*' --waiting --sort -waiting", What: "where jobs pile up, worst first"},
			{Line: "gearctl status -s gm1,gm2 -o json", What: "two servers, for scripts"},
			{Line: "gearctl status --watch --priority", What: "live, waiting jobs by priority"},
			{Line: "gearctl --context all status --by server", What: "a row for each server of a context, with what is wrong"},
			{Line: "gearctl --context all status --by site --watch", What: "live, by the values of the label site"},
		},
		Long: `TOTAL is the server's count of waiting and running jobs, including cancelled and abandoned ones, which stay until a
worker asks for a job, and those for later (submit --at), which gearctl peek --scheduled counts. WORKERS counts
connections that serve the queue; those of a crashed host stay until TCP times out. A queue with waiting jobs and no
worker is marked. All queues of the server are shown, also gearctl's own (gearctl_…), which only globs leave out.

gearctl ls and gearctl queue list do the same, and gearctl watch is gearctl status --watch; top shows rates too.

--by sums: a row for each server, for each value of a label that contexts give to servers (--by site), or for each
queue over all servers. A server that does not answer has a row that says so. WORKERS of servers counts connections
that serve a queue. PROBLEM is the worst one at the moment, with --watch the one that has lasted longest; gearmand
reports neither how long jobs have waited nor its uptime.

A table of more than --max-rows queues is refused. csv, tsv, jsonl, json and template print any number, sorted up to
--max-rows and in server order beyond.`,
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEYS`, comma separated, -KEY for descending (default: server,queue)"},
			&urfave.BoolFlag{Name: "waiting", Aliases: []string{"w"}, Destination: &o.waiting, Usage: "show only queues with waiting jobs"},
			&urfave.BoolFlag{Name: "priority", Aliases: []string{"p"}, Destination: &o.priority, Usage: "also show waiting jobs by priority (correct in gearmand 1.1.20 and later)"},
			&urfave.BoolFlag{Name: "watch", Aliases: []string{"W"}, Destination: &o.watch, Usage: "refresh until interrupted"},
			cli.TextFlag("by", &o.by, "one row for each `GROUP`: server, queue, or the name of a label of the context's servers"),
			cli.DurationFlag("interval", &o.interval, 2*time.Second, "refresh every `DURATION`"),
		},
		Columns: cli.KeysOf[servers.StatusRow](),
		FlagValues: map[string]cli.Completer{"by": func(context.Context, []string, string) []cli.Candidate {
			return cli.Candidates(append([]string{byServer, byQueue}, env.LabelNames()...))
		}},
		Max:      cli.AnyNumber,
		Complete: env.CompleteQueues,
		Run: func(ctx context.Context, w cli.Words) error {
			o.queues = w.Args
			return run(ctx, env, o)
		},
	}
}

func run(ctx context.Context, env *cli.Env, o options) error {
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	if o.by != "" {
		return runBy(ctx, env, m, o)
	}
	opts := output.Options{Sort: o.sort, HideInTable: env.ServerColumn(), Empty: "no queues"}
	if o.priority {
		opts.Also = []string{"high", "normal", "low"}
	}
	if o.watch {
		return watchStatus(ctx, env, m, o, opts)
	}
	if format, err := env.Format(); err == nil && o.streams(format) {
		return printStream(ctx, env, m, o, opts)
	}
	rows, err := statusRows(ctx, env, m, o)
	if len(rows) == 0 && err != nil {
		return err
	}
	return cmderr.MergeErrors(cli.PrintRows(env, opts, rows), err)
}

// ask asks a server for what is to be printed.
func (o *options) ask(ctx context.Context, c *wire.Conn) (*servers.Snapshot, error) {
	s, err := servers.AskQueues(ctx, c)
	if err != nil || !o.priority {
		return s, err
	}
	err = s.Ask(ctx, c, servers.PartPriorities)
	return s, servers.ExplainUnsupported(ctx, c, err, "prioritystatus", "1.1.15")
}

// statusRows returns the queues that m names on all servers. What is missing is an error beside the rows.
func statusRows(ctx context.Context, env *cli.Env, m *servers.Matcher, o options) ([]servers.StatusRow, error) {
	var rows []servers.StatusRow
	var known []string
	var bad []*wire.LineError
	err := cli.Collect(ctx, env, o.ask, func(server string, s *servers.Snapshot) {
		bad = append(bad, s.Bad()...)
		known = slices.Grow(known, len(s.Queues.Rows))
		rows = slices.Grow(rows, len(s.Queues.Rows))
		priorities := s.PrioritiesByQueue()
		for _, q := range s.Queues.Rows {
			known = append(known, q.Function)
			if m.Match(q.Function) && (!o.waiting || q.Waiting() > 0) {
				rows = append(rows, servers.NewStatusRow(servers.Queue{Server: server, FunctionStatus: q}, priorities[q.Function]))
			}
		}
	})
	errs := []error{err, cmderr.BadLines(bad)}
	if len(known) > 0 || err == nil {
		errs = append(errs, cmderr.SomeFailed(m.Missing(known), len(rows) > 0))
	}
	slices.SortFunc(rows, servers.CompareStatusRows)
	return rows, cmderr.MergeErrors(errs...)
}
