package queue

import (
	"cmp"
	"context"
	"slices"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// gcKind is why a queue is cleaned up. Queues are processed in this order.
type gcKind int

const (
	gcNothing gcKind = iota
	gcOwn            // left behind by a killed gearctl
	gcEmpty          // without jobs
	gcPhantom        // with jobs that may all be cancelled or abandoned
)

// classify says why a queue is to be cleaned up on a server with this many cancelled and abandoned jobs. The queue of a
// running gearctl has a worker.
func (o *gcOptions) classify(q wire.FunctionStatus, ignored int64) gcKind {
	switch {
	case q.Workers > 0 || q.Running > 0:
		return gcNothing
	case servers.IsOwn(q.Function):
		return gcOwn
	case q.Total == 0 && o.empty:
		return gcEmpty
	case servers.MayBePhantom(q, ignored):
		return gcPhantom
	}
	return gcNothing
}

// gcQueue is a queue to clean up.
type gcQueue struct {
	wire.FunctionStatus
	kind gcKind
}

// gcServer is what there is to do on a server.
type gcServer struct {
	server    string
	inventory *inventory
	queues    []gcQueue
}

type gcPlan []gcServer

// planGC finds what there is to do. Without a plan the error is the reason; beside one it says what is missing.
func planGC(ctx context.Context, env *cli.Env, m *servers.Matcher, o *gcOptions) (gcPlan, error) {
	if err := env.DedupeServers(ctx); err != nil {
		return nil, err
	}
	var p gcPlan
	var names []string
	var bad []*wire.LineError
	matched := 0
	err := cli.Collect(ctx, env, func(ctx context.Context, c *wire.Conn) (*inventory, error) {
		l, err := takeInventory(ctx, c)
		if err == nil {
			c.KeepIdle()
		}
		return l, servers.ExplainUnsupported(ctx, c, err, "show jobs", "1.1.6")
	}, func(server string, l *inventory) {
		s := gcServer{server: server, inventory: l}
		bad = append(bad, l.bad...)
		for _, q := range l.queues {
			names = append(names, q.Function)
			if m.Match(q.Function) {
				matched++
				s.add(env, m, o, q)
			}
		}
		slices.SortFunc(s.queues, compareQueues)
		p = append(p, s)
	})
	if len(p) == 0 {
		return nil, err
	}
	if err := m.CheckAll(names, o.all); err != nil {
		return nil, err
	}
	return p, cmderr.MergeErrors(err, cmderr.BadLines(bad), cmderr.SomeFailed(m.Missing(names), matched > 0))
}

// add plans a matching queue. If there is nothing to do for one that was named, it logs why.
func (s *gcServer) add(env *cli.Env, m *servers.Matcher, o *gcOptions, q wire.FunctionStatus) {
	kind := o.classify(q, s.inventory.totals.Ignored)
	if kind != gcNothing {
		s.queues = append(s.queues, gcQueue{q, kind})
	} else if slices.Contains(m.Exact, q.Function) {
		env.Info("%s on %s: %s", q.Function, s.server, whySkipped(q, s.inventory.totals.Ignored))
	}
}

func whySkipped(q wire.FunctionStatus, ignored int64) string {
	switch {
	case q.Workers > 0:
		return "it has " + output.Plural(q.Workers, "worker", "workers") + ", which will remove them"
	case q.Running > 0:
		return output.Plural(q.Running, "job runs", "jobs run")
	case q.Total == 0:
		return "empty; --empty drops it"
	}
	return output.Plural(q.Total, "job", "jobs") + ", while the server has " +
		output.Plural(ignored, "cancelled or abandoned one", "cancelled or abandoned ones") + ": it is live"
}

// compareQueues puts the phantom with the fewest jobs first: each one swept leaves fewer cancelled jobs for the others, and
// a large queue is most likely live.
func compareQueues(a, b gcQueue) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.Total, b.Total), cmp.Compare(a.Function, b.Function))
}

// String says why the queue is in the plan.
func (q gcQueue) String() string {
	switch q.kind {
	case gcOwn:
		return "left by a gearctl, " + output.Plural(q.Total, "job", "jobs")
	case gcEmpty:
		return "empty, no worker"
	}
	return output.Plural(q.Total, "job", "jobs") + ", apparently cancelled or abandoned; no worker"
}

func (p gcPlan) size() int64 {
	var n int64
	for _, s := range p {
		n += int64(len(s.queues))
	}
	return n
}

// confirm shows what will be cleaned up and asks, unless with yes or if there is nothing to do.
func (p gcPlan) confirm(ctx context.Context, env *cli.Env, yes bool, leftOut error) error {
	if yes || p.size() == 0 {
		return nil
	}
	on := 0
	for _, s := range p {
		if len(s.queues) > 0 {
			on++
		}
		for _, q := range s.queues {
			env.Info("%s on %s: %s", q.Function, s.server, q)
		}
	}
	env.NoteLeftOut(leftOut)
	return env.Confirm(ctx, "clean up "+output.Plural(p.size(), "queue", "queues")+cli.OnServers(on)+"?")
}

// dryRows are the rows of a dry run.
func (p gcPlan) dryRows() []gcRow {
	var rows []gcRow
	for _, s := range p {
		for _, q := range s.queues {
			state := "would be dropped"
			if q.kind == gcPhantom {
				state = "would be swept"
			}
			rows = append(rows, gcRow{Server: s.server, Queue: &q.Function, State: state, Jobs: q.Total, WouldFree: new(q.Total), Remaining: q.Total})
		}
		rows = append(rows, ghostRows(s.server, s.inventory.ghosts)...)
	}
	return rows
}

// ghosts is the error about the ghosts of all servers.
func (p gcPlan) ghosts() error {
	var errs []error
	for _, s := range p {
		errs = append(errs, ghostsError(s.server, s.inventory.ghosts))
	}
	return cmderr.MergeErrors(errs...)
}

func ghostRows(server string, ghosts int64) []gcRow {
	if ghosts == 0 {
		return nil
	}
	return []gcRow{{Server: server, State: gcGhost, Jobs: ghosts, Remaining: ghosts}}
}
