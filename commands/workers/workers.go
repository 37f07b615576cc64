// Package workers has the command workers: the connections of servers with the queues they serve, and with --wide the
// workers behind them with their own status. It only reads, except for the status requests of --wide.
package workers

import (
	"cmp"
	"context"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/glob"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// connectionRow is a connection of a server.
type connectionRow struct {
	Server    string   `json:"server" out:"name"`
	FD        *int64   `json:"fd" out:"drop1"`
	Address   string   `json:"address" out:"keep"`
	ID        string   `json:"id"`
	Functions []string `json:"functions" out:"wide"`
}

type options struct {
	queues []string
	all    bool
	sort   string
	wide   bool
	wait   time.Duration
	by     string // empty: a row for each connection or worker
}

// New returns the command workers.
func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "workers", Group: cli.GroupInspect, OnlyReads: true, Args: "[QUEUE|GLOB…]", Short: "show connected workers and the queues they serve",
		Examples: []cli.Example{
			{Line: "gearctl workers", What: "all connections that serve a queue"},
			{Line: "gearctl workers 'hostgroup_*'", What: "who serves these queues"},
			{Line: "gearctl workers --all --sort address", What: "also clients and idle connections"},
			{Line: "gearctl --context all workers --by version", What: "how many workers of each version, over all servers of a context"},
			{Line: "gearctl workers --wide", What: "the workers behind the connections, with version and load"},
		},
		Long: `ID is the client ID of a connection. Mod-Gearman's workers and modules set none and show as "-"; tell them apart by
address and worker_NAME queue. A queue name with blanks is split here, because the server's list has no quoting.

--wide groups connections by worker and queries the status of Mod-Gearman workers with a high-priority foreground job
"check" in each queue worker_NAME. STATE is ok; stale (registered, but no answer within --wait); gone (the queue
exists but no worker is registered); shared (several are registered under one name); odd (the answer is not from a
Mod-Gearman worker); plain (no status queue); or ambiguous (connections that could belong to several workers at the
same address). WORKERS and BUSY are the worker's own process counts. -o json has more: the queues, minimum and maximum
processes, and whether the version differs from that of most workers.

--by sums the connections: for each server, queue, host or version, or for each value of a label that contexts give to
servers (--by site). A server or site without workers has a row too; with the others such servers are named. With --wide, which --by version implies, REPORTING counts the workers that sent their status, and
WORKERS and BUSY sum their processes; a worker that is connected to several servers counts once.`,
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "all", Aliases: []string{"a"}, Destination: &o.all, Usage: "also show connections that serve no queue: clients, idle workers, gearctl itself"},
			&urfave.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEYS`, comma separated, -KEY for descending (default: server,fd; with --wide server,address,worker)"},
			&urfave.BoolFlag{Name: "wide", Aliases: []string{"w"}, Destination: &o.wide, Usage: "one row per worker, with its own status report"},
			cli.TextFlag("by", &o.by, "one row for each `GROUP`: server, queue, host, version, or the name of a label of the context's servers"),
			cli.DurationFlag("wait", &o.wait, 0, "with --wide: wait up to `DURATION` for each worker (default: 2s)"),
		},
		Columns: columns,
		FlagValues: map[string]cli.Completer{"by": func(context.Context, []string, string) []cli.Candidate {
			return cli.Candidates(append([]string{byServer, byQueue, byHost, byVersion}, env.LabelNames()...))
		}},
		Max:      cli.AnyNumber,
		Complete: env.CompleteQueues,
		Run: func(ctx context.Context, w cli.Words) error {
			o.queues = w.Args
			o.wide = o.wide || o.by == byVersion
			switch {
			case o.wait > 0 && !o.wide:
				return cmderr.Usagef("--wait needs --wide")
			case o.by != "":
				return runBy(ctx, env, o)
			case o.wide:
				return runWide(ctx, env, o)
			}
			return runConnections(ctx, env, o)
		},
	}
}

// columns are the keys of both kinds of rows.
func columns() []string {
	keys := output.Keys(output.ColumnsOf[connectionRow]())
	for _, key := range output.Keys(output.ColumnsOf[wideRow]()) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func runConnections(ctx context.Context, env *cli.Env, o options) error {
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	p, err := cli.NewPrinter[connectionRow](env, output.Options{Sort: o.sort, HideInTable: env.ServerColumn(), Empty: "no workers"})
	if err != nil {
		return err
	}
	rows, _, err := connectionRows(ctx, env, m, o.all)
	if len(rows) == 0 && err != nil {
		return err
	}
	return cmderr.MergeErrors(p.PrintAll(rows), err)
}

// connectionRows returns the connections of all servers, and which of these have answered.
func connectionRows(ctx context.Context, env *cli.Env, m *servers.Matcher, all bool) (rows []connectionRow, answered []string, err error) {
	var served []string
	var bad []*wire.LineError
	err = cli.Collect(ctx, env, servers.AskWorkers, func(server string, s *servers.Snapshot) {
		answered = append(answered, server)
		bad = append(bad, s.Bad()...)
		for _, w := range s.Workers.Rows {
			served = append(served, w.Functions...)
			if slices.ContainsFunc(w.Functions, m.Match) || all && m.All() {
				rows = append(rows, newConnectionRow(server, w))
			}
		}
	})
	slices.SortStableFunc(rows, func(a, b connectionRow) int {
		return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(fdOrNone(a.FD), fdOrNone(b.FD)))
	})
	errs := []error{err, cmderr.BadLines(bad)}
	if err == nil {
		errs = append(errs, cmderr.SomeFailed(notServed(m, served), len(rows) > 0))
	}
	return rows, answered, cmderr.MergeErrors(errs...)
}

// notServed returns an error for each name or glob of m that matches no served queue.
func notServed(m *servers.Matcher, served []string) []error {
	var errs []error
	for _, name := range m.Exact {
		if !slices.Contains(served, name) {
			errs = append(errs, cmderr.Errorf("no worker serves queue %.100q", name))
		}
	}
	for _, g := range m.Globs {
		if !slices.ContainsFunc(served, func(q string) bool { return q == g || glob.Match(g, q) }) {
			errs = append(errs, cmderr.Errorf("no worker serves a queue that matches %.100q", g))
		}
	}
	return errs
}

func newConnectionRow(server string, w wire.WorkerStatus) connectionRow {
	r := connectionRow{Server: server, Address: w.Address, ID: w.ID, Functions: w.Functions}
	if w.FD >= 0 {
		r.FD = &w.FD
	}
	return r
}

func fdOrNone(n *int64) int64 {
	if n == nil {
		return -1
	}
	return *n
}
