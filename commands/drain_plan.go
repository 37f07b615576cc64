package commands

import (
	"cmp"
	"context"
	"slices"

	"gearctl/output"
	"gearctl/wire"
)

// drainPlan is what a drain will touch.
type drainPlan struct {
	queues   []Queue
	versions map[string]serverVersion // by server
}

// planRules say how queues are chosen.
type planRules struct {
	all      bool // a glob may mean every queue
	ifExists bool // what is not there is no error
	toCome   bool // a queue that no server knows may come
}

// planDrain finds the queues that m names. Without any it returns no plan and the reason; else an error beside the
// plan tells what is missing.
func planDrain(ctx context.Context, env *Env, m *queueMatcher, rules planRules) (*drainPlan, error) {
	if err := env.eachOnce(ctx); err != nil {
		return nil, err
	}
	p := &drainPlan{versions: map[string]serverVersion{}}
	var names, servers []string
	var bad []*wire.LineError
	err := collect(ctx, env, func(ctx context.Context, c *wire.Conn) (*Snapshot, error) {
		s, err := takeSnapshot(ctx, c, partQueues, partVersion)
		if err == nil {
			c.KeepIdle()
		}
		return s, err
	}, func(server string, s *Snapshot) {
		servers, bad = append(servers, server), append(bad, s.Bad()...)
		p.versions[server] = s.Version
		names = append(names, s.Names()...)
		for q := range s.All() {
			if m.match(q.Function) {
				p.queues = append(p.queues, q)
			}
		}
	})
	if len(servers) == 0 {
		return nil, err
	}
	if wrong := m.checkAll(names, rules.all); wrong != nil {
		return nil, wrong
	}
	err = mergeErrors(err, badLines(bad), p.missing(env, m, rules, names, servers))
	slices.SortFunc(p.queues, compareQueues)
	if len(p.queues) == 0 && err != nil {
		return nil, err
	}
	return p, err
}

// missing adds the queues that may come to the plan, and returns what is missing for good.
func (p *drainPlan) missing(env *Env, m *queueMatcher, rules planRules, names, servers []string) error {
	if rules.ifExists {
		return nil
	}
	absent := m
	if rules.toCome {
		absent = &queueMatcher{globs: m.globs}
		for _, name := range m.exact {
			if !slices.Contains(names, name) {
				p.expect(env, name, names, servers)
			}
		}
	}
	return someFailed(absent.missing(names), len(p.queues) > 0)
}

// expect adds a queue that no server knows yet.
func (p *drainPlan) expect(env *Env, name string, names, servers []string) {
	text := ""
	if near := closest(name, names); near != "" {
		text = "; there is " + shellWord(near)
	}
	env.Info("there is no queue %s yet%s", shellWord(name), text)
	for _, server := range servers {
		p.queues = append(p.queues, Queue{server, wire.FunctionStatus{Function: name}})
	}
}

// confirm shows what will be drained and asks, unless with --yes or when there is nothing to lose: nothing waits, and
// what arrives later is not taken.
func (p *drainPlan) confirm(ctx context.Context, env *Env, o *drainOptions) error {
	later := o.takesLater()
	if o.yes || len(p.queues) == 0 || waitingIn(p.queues) == 0 && later == "" {
		return nil
	}
	for _, q := range p.queues {
		if q.Waiting() > 0 || later != "" {
			env.Info("%s on %s: %s waiting, %d running, %s", q.Function, q.Server,
				output.Plural(q.Waiting(), "job", "jobs"), q.Running, output.Plural(q.Workers, "worker", "workers"))
		}
	}
	return env.confirm(ctx, "drain "+output.Plural(waitingIn(p.queues), "job", "jobs")+later+"?")
}

// dryRows are the rows of a drain that takes nothing.
func (p *drainPlan) dryRows(o *drainOptions) []drainRow {
	rows := make([]drainRow, 0, len(p.queues))
	for _, q := range p.queues {
		rows = append(rows, drainRow{
			Server: q.Server, Queue: q.Function, WouldDrain: new(o.wouldDrain(q)), Remaining: new(q.Waiting()), Running: &q.Running,
		})
	}
	return rows
}

// servers returns the servers of the plan, each with its queues.
func (p *drainPlan) servers() map[string][]Queue {
	by := map[string][]Queue{}
	for _, q := range p.queues {
		by[q.Server] = append(by[q.Server], q)
	}
	return by
}

// statusOf asks c for the queues in rows and sets what remains of them.
func statusOf(ctx context.Context, c *wire.Conn, rows []drainRow) error {
	s, err := askQueues(ctx, c)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Remaining, rows[i].Running = new(int64), new(int64)
		if q := s.Queue(rows[i].Queue); q != nil {
			*rows[i].Remaining, *rows[i].Running = q.Waiting(), q.Running
		}
	}
	return badLines(s.Bad())
}

// remaining is statusOf on a connection that is there already, or a new one.
func (k *proven) remaining(ctx context.Context, d *wire.Dialer, server string, rows []drainRow) error {
	if c := k.asked(); c != nil {
		if err := statusOf(ctx, c, rows); !isOutage(err) {
			return err
		}
	}
	_, err := wire.WithConn(ctx, d, server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, statusOf(ctx, c, rows)
	})
	return err
}

func compareDrainRows(a, b drainRow) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Queue, b.Queue))
}
