package queue

import (
	"context"
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// dropServer is what is to be dropped from a server.
type dropServer struct {
	server string
	list   []wire.FunctionStatus // all queues of the server
	queues []string              // the names of the command line, and what its globs select
}

type dropPlan []dropServer

// planDrop finds what the names and globs of m mean on each server. Without a plan the error is the reason; beside one it
// says what is missing.
func planDrop(ctx context.Context, env *cli.Env, m *servers.Matcher, all bool) (dropPlan, error) {
	if err := env.DedupeServers(ctx); err != nil {
		return nil, err
	}
	var plan dropPlan
	var names []string
	var bad []*wire.LineError
	err := cli.Collect(ctx, env, func(ctx context.Context, c *wire.Conn) (*servers.Snapshot, error) {
		s, err := servers.AskQueues(ctx, c)
		if err == nil {
			c.KeepIdle()
		}
		return s, err
	}, func(server string, s *servers.Snapshot) {
		d := dropServer{server: server, list: s.Queues.Rows, queues: slices.Clone(m.Exact)}
		for _, q := range s.Names() {
			if m.Match(q) && !slices.Contains(d.queues, q) {
				d.queues = append(d.queues, q)
			}
		}
		if len(d.queues) > 0 {
			plan = append(plan, d)
		}
		names = append(names, s.Names()...)
		bad = append(bad, s.Bad()...)
	})
	if err := m.CheckAll(names, all); err != nil {
		return nil, err
	}
	globs := servers.Matcher{Globs: m.Globs} // a name is missed on each server
	missing := globs.Missing(names)
	if len(names) == 0 && err != nil {
		missing = nil // nobody was asked
	}
	return plan, cmderr.MergeErrors(err, cmderr.BadLines(bad), cmderr.SomeFailed(missing, len(plan) > 0))
}

func (p dropPlan) servers() (list []string) {
	for _, d := range p {
		list = append(list, d.server)
	}
	return list
}

func (p dropPlan) queues(server string) []string {
	for _, d := range p {
		if d.server == server {
			return d.queues
		}
	}
	return nil
}

// confirm shows what will be dropped, and what cannot be or is left out, and asks.
func (p dropPlan) confirm(ctx context.Context, env *cli.Env, leftOut error) error {
	var drop []string
	on := map[string]bool{}
	for _, d := range p {
		for _, q := range d.queues {
			state := "empty"
			if err := droppable(d.server, d.list, q); err != nil {
				state = err.Error()
			} else {
				drop = append(drop, q)
				on[d.server] = true
			}
			env.Info("%s on %s: %s", q, d.server, state)
		}
	}
	if len(drop) == 0 {
		return nil // each is refused
	}
	env.NoteLeftOut(leftOut)
	what := output.Plural(int64(len(drop)), "queue", "queues")
	if distinct := slices.Compact(slices.Sorted(slices.Values(drop))); len(distinct) <= maxNamed {
		what = strings.Join(distinct, ", ")
	}
	return env.Confirm(ctx, "drop "+what+cli.OnServers(len(on))+"?")
}

// maxNamed is how many queues a question names.
const maxNamed = 5
