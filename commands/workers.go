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
		Name: "workers", Group: GroupLook, Args: "[QUEUE|GLOB…]", Short: "who is connected and which queues they serve",
		Examples: []Example{
			{"gearctl workers", "every connection that serves a queue"},
			{"gearctl workers 'hostgroup_*'", "who serves these"},
			{"gearctl workers --all --sort address", "clients and idle connections too"},
			{"gearctl workers --wide", "the workers behind the connections, with version and load"},
		},
		Long: `ID is what a connection calls itself: Mod-Gearman's workers and modules call themselves nothing and show as "-", so
their address and their worker_NAME queue tell them apart. A queue whose name holds blanks comes apart here: the
server's list has no quoting.

--wide puts the connections together that belong to one worker and asks the workers of Mod-Gearman for their state, by a
foreground job "check" of high priority in each queue worker_NAME. STATE is ok; stale: registered, and no answer within
--wait; gone: the server remembers the name, and nobody is registered; shared: several are registered under one name;
odd: what answers is no worker of Mod-Gearman; plain: there is no status queue to ask; ambiguous: connections of one of
several workers that have the same address. WORKERS and BUSY are what a worker says of its processes. -o json has more:
the queues, fewest and most processes, whether the version differs from that of most.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Destination: &o.all, Usage: "connections that serve no queue too: clients, idle workers, our own"},
			&cli.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEYS`, comma separated, -KEY for descending (default: server,fd; with --wide server,address,worker)"},
			&cli.BoolFlag{Name: "wide", Aliases: []string{"w"}, Destination: &o.wide, Usage: "a row for each worker, with what it says of itself"},
			durationFlag("wait", &o.wait, 0, "with --wide: wait up to `DURATION` for a worker (default: 2s)"),
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
				return usagef("--wait goes with --wide: without it no worker is asked")
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
			errs = append(errs, errorf("nobody serves queue %.100q", name))
		}
	}
	for _, g := range m.globs {
		if !slices.ContainsFunc(served, func(q string) bool { return q == g || matchGlob(g, q) }) {
			errs = append(errs, errorf("nobody serves a queue that matches %.100q", g))
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
