package commands

import (
	"context"
	"slices"

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

// newDrainPlan finds the queues that m names in what servers report; failed is why others do not. Without any it returns
// no plan and the reason; else an error beside the plan says what is missing.
func newDrainPlan(log Log, m *queueMatcher, rules planRules, snapshots []*Snapshot, failed error) (*drainPlan, error) {
	if len(snapshots) == 0 {
		return nil, failed
	}
	p := &drainPlan{versions: map[string]serverVersion{}}
	var names, servers []string
	var bad []*wire.LineError
	for _, s := range snapshots {
		servers, bad = append(servers, s.Server), append(bad, s.Bad()...)
		p.versions[s.Server] = s.Version
		names = append(names, s.Names()...)
		for _, q := range s.Queues.Rows {
			if m.match(q.Function) {
				p.queues = append(p.queues, Queue{s.Server, q})
			}
		}
	}
	if wrong := m.checkAll(names, rules.all); wrong != nil {
		return nil, wrong
	}
	err := mergeErrors(failed, badLines(bad), p.missing(log, m, rules, names, servers))
	slices.SortFunc(p.queues, compareQueues)
	if len(p.queues) == 0 && err != nil {
		return nil, err
	}
	return p, err
}

// missing adds the queues that may come to the plan, and returns what is missing for good.
func (p *drainPlan) missing(log Log, m *queueMatcher, rules planRules, names, servers []string) error {
	if rules.ifExists {
		return nil
	}
	absent := m
	if rules.toCome {
		absent = &queueMatcher{globs: m.globs}
		for _, name := range m.exact {
			if !slices.Contains(names, name) {
				p.expect(log, name, names, servers)
			}
		}
	}
	return someFailed(absent.missing(names), len(p.queues) > 0)
}

// expect adds a queue that no server knows yet.
func (p *drainPlan) expect(log Log, name string, names, servers []string) {
	text := ""
	if near := closest(name, names); near != "" {
		text = "; there is " + shellWord(near)
	}
	log.Info("there is no queue %s yet%s", shellWord(name), text)
	for _, server := range servers {
		p.queues = append(p.queues, Queue{server, wire.FunctionStatus{Function: name}})
	}
}

// servers returns the servers of the plan, each with its queues.
func (p *drainPlan) servers() map[string][]Queue {
	by := map[string][]Queue{}
	for _, q := range p.queues {
		by[q.Server] = append(by[q.Server], q)
	}
	return by
}

// snapshot asks for the queues of server, on the connection that is there already or on a new one.
func (k *proven) snapshot(ctx context.Context, d *wire.Dialer, server string) (*Snapshot, error) {
	if c := k.asked(); c != nil {
		if s, err := askQueues(ctx, c); !isOutage(err) {
			return s, err
		}
	}
	return wire.WithConn(ctx, d, server, askQueues)
}
