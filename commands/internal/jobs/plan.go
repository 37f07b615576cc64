package jobs

import (
	"context"
	"slices"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/shell"
	"gearctl/wire"
)

// Plan is what a drain will touch.
type Plan struct {
	Queues   []servers.Queue
	Versions map[string]servers.Version // by server
}

// PlanRules say how queues are chosen.
type PlanRules struct {
	All      bool // a glob may mean every queue
	IfExists bool // what is not there is no error
	Future   bool // a queue that no server knows may come
}

// NewPlan finds the queues that m names in what servers report; failed is why others do not. Without any it returns
// no plan and the reason; else an error beside the plan says what is missing.
func NewPlan(log cmderr.Log, m *servers.Matcher, rules PlanRules, snapshots []*servers.Snapshot, failed error) (*Plan, error) {
	if len(snapshots) == 0 {
		return nil, failed
	}
	p := &Plan{Versions: map[string]servers.Version{}}
	var names, addrs []string
	var bad []*wire.LineError
	for _, s := range snapshots {
		addrs, bad = append(addrs, s.Server), append(bad, s.Bad()...)
		p.Versions[s.Server] = s.Version
		names = append(names, s.Names()...)
		for _, q := range s.Queues.Rows {
			if m.Match(q.Function) {
				p.Queues = append(p.Queues, servers.Queue{Server: s.Server, FunctionStatus: q})
			}
		}
	}
	if wrong := m.CheckAll(names, rules.All); wrong != nil {
		return nil, wrong
	}
	err := cmderr.MergeErrors(failed, cmderr.BadLines(bad), p.missing(log, m, rules, names, addrs))
	slices.SortFunc(p.Queues, servers.CompareQueues)
	if len(p.Queues) == 0 && err != nil {
		return nil, err
	}
	return p, err
}

// missing adds the queues that may come to the plan, and returns what is missing for good.
func (p *Plan) missing(log cmderr.Log, m *servers.Matcher, rules PlanRules, names, addrs []string) error {
	if rules.IfExists {
		return nil
	}
	absent := m
	if rules.Future {
		absent = &servers.Matcher{Globs: m.Globs}
		for _, name := range m.Exact {
			if !slices.Contains(names, name) {
				p.expect(log, name, names, addrs)
			}
		}
	}
	return cmderr.SomeFailed(absent.Missing(names), len(p.Queues) > 0)
}

// expect adds a queue that no server knows yet.
func (p *Plan) expect(log cmderr.Log, name string, names, addrs []string) {
	text := ""
	if near := cmderr.Closest(name, names); near != "" {
		text = "; there is " + shell.ShellWord(near)
	}
	log.Info("there is no queue %s yet%s", shell.ShellWord(name), text)
	for _, server := range addrs {
		p.Queues = append(p.Queues, servers.Queue{Server: server, FunctionStatus: wire.FunctionStatus{Function: name}})
	}
}

// Servers returns the servers of the plan, each with its queues.
func (p *Plan) Servers() map[string][]servers.Queue {
	by := map[string][]servers.Queue{}
	for _, q := range p.Queues {
		by[q.Server] = append(by[q.Server], q)
	}
	return by
}

// Snapshot asks for the queues of server, on the connection that is there already or on a new one.
func (k *Source) Snapshot(ctx context.Context, d *wire.Dialer, server string) (*servers.Snapshot, error) {
	if c := k.Conn(); c != nil {
		if s, err := servers.AskQueues(ctx, c); !connect.IsOutage(err) {
			return s, err
		}
	}
	return wire.WithConn(ctx, d, server, servers.AskQueues)
}
