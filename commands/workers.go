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

// workerRow is a connection of a server.
type workerRow struct {
	Server    string   `json:"server"`
	FD        *int64   `json:"fd"`
	Address   string   `json:"address"`
	ID        string   `json:"id"`
	Functions []string `json:"functions" out:"wide"`
}

type workersOptions struct {
	queues []string
	all    bool
	sort   string
	wide   bool
	wait   time.Duration
}

func newWorkers(env *Env) *Command {
	var o workersOptions
	return &Command{
		Name: "workers", Group: GroupLook, Args: "[QUEUE|GLOB…]", Short: "show connected workers and the queues they serve",
		Examples: []Example{
			{"gearctl workers", "all connections that serve a queue"},
			{"gearctl workers 'hostgroup_*'", "who serves these queues"},
			{"gearctl workers --all --sort address", "also clients and idle connections"},
			{"gearctl workers --wide", "the workers behind the connections, with version and load"},
		},
		Long: `ID is the client ID of a connection. Mod-Gearman's workers and modules set none and show as "-"; tell them apart by
address and worker_NAME queue. A queue name with blanks is split here, because the server's list has no quoting.

--wide groups connections by worker and queries the status of Mod-Gearman workers with a high-priority foreground job
"check" in each queue worker_NAME. STATE is ok; stale (registered, but no answer within --wait); gone (the queue
exists but no worker is registered); shared (several are registered under one name); odd (the answer is not from a
Mod-Gearman worker); plain (no status queue); or ambiguous (connections that could belong to several workers at the
same address). WORKERS and BUSY are the worker's own process counts. -o json has more: the queues, minimum and maximum
processes, and whether the version differs from that of most workers.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Destination: &o.all, Usage: "also show connections that serve no queue: clients, idle workers, gearctl itself"},
			&cli.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEYS`, comma separated, -KEY for descending (default: server,fd; with --wide server,address,worker)"},
			&cli.BoolFlag{Name: "wide", Aliases: []string{"w"}, Destination: &o.wide, Usage: "one row per worker, with its own status report"},
			durationFlag("wait", &o.wait, 0, "with --wide: wait up to `DURATION` for each worker (default: 2s)"),
		},
		Columns:  workersColumns,
		Max:      anyNumber,
		Complete: env.completeQueues,
		Run: func(ctx context.Context, w Words) error {
			o.queues = w.Args
			switch {
			case o.wide:
				return runWideWorkers(ctx, env, o)
			case o.wait > 0:
				return usagef("--wait needs --wide")
			}
			return runWorkers(ctx, env, o)
		},
	}
}

// workersColumns are the keys of both kinds of rows.
func workersColumns() []string {
	keys := output.Keys(output.ColumnsOf[workerRow]())
	for _, key := range output.Keys(output.ColumnsOf[wideRow]()) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func runWorkers(ctx context.Context, env *Env, o workersOptions) error {
	m, err := newQueueMatcher(o.queues)
	if err != nil {
		return err
	}
	p, err := newPrinter[workerRow](env, output.Options{Sort: o.sort, HideInTable: env.serverColumn(), Empty: "no workers"})
	if err != nil {
		return err
	}
	rows, err := workerRows(ctx, env, m, o.all)
	if len(rows) == 0 && err != nil {
		return err
	}
	return mergeErrors(p.PrintAll(rows), err)
}

func workerRows(ctx context.Context, env *Env, m *queueMatcher, all bool) ([]workerRow, error) {
	var rows []workerRow
	var served []string
	var bad []*wire.LineError
	err := collect(ctx, env, askWorkers, func(server string, s *Snapshot) {
		bad = append(bad, s.Bad()...)
		for _, w := range s.Workers.Rows {
			served = append(served, w.Functions...)
			if slices.ContainsFunc(w.Functions, m.match) || all && m.all() {
				rows = append(rows, newWorkerRow(server, w))
			}
		}
	})
	slices.SortStableFunc(rows, func(a, b workerRow) int {
		return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(deref(a.FD), deref(b.FD)))
	})
	errs := []error{err, badLines(bad)}
	if err == nil {
		errs = append(errs, someFailed(notServed(m, served), len(rows) > 0))
	}
	return rows, mergeErrors(errs...)
}

// notServed returns an error for every name or glob of m that matches none of the queues that are served.
func notServed(m *queueMatcher, served []string) []error {
	var errs []error
	for _, name := range m.exact {
		if !slices.Contains(served, name) {
			errs = append(errs, errorf("no worker serves queue %.100q", name))
		}
	}
	for _, g := range m.globs {
		if !slices.ContainsFunc(served, func(q string) bool { return q == g || matchGlob(g, q) }) {
			errs = append(errs, errorf("no worker serves a queue that matches %.100q", g))
		}
	}
	return errs
}

func newWorkerRow(server string, w wire.WorkerStatus) workerRow {
	r := workerRow{Server: server, Address: w.Address, ID: w.ID, Functions: w.Functions}
	if w.FD >= 0 {
		r.FD = &w.FD
	}
	return r
}

func deref(n *int64) int64 {
	if n == nil {
		return -1
	}
	return *n
}
