package jobs

import (
	"slices"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/shell"
	"gearctl/wire"
)

// Plan is the queues that a drain will touch.
type Plan struct {
	Queues   []servers.Queue
	Versions map[string]servers.Version // by server
}

// PlanRules say how queues are selected.
type PlanRules struct {
	All      bool // a glob may match every queue
	IfExists bool // a queue that no server has is not an error
	Future   bool // a named queue that no server has is planned too
}

// NewPlan selects the queues that m matches from the snapshots of servers; failed is why others have none. Without any
// queue it may return no plan and the reason; an error beside a plan says what is missing.
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
	slices.SortFunc(p.Queues, func(a, b servers.Queue) int { return servers.CompareQueues(&a, &b) })
	if len(p.Queues) == 0 && err != nil {
		return nil, err
	}
	return p, err
}

// missing returns the error of names that match nothing. By the rules it adds named queues to the plan instead.
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

// expect adds a queue that no server has yet.
func (p *Plan) expect(log cmderr.Log, name string, names, addrs []string) {
	text := ""
	if near := cmderr.Closest(name, names); near != "" {
		text = "; there is " + shell.QuotePrintable(near)
	}
	log.Info("there is no queue %s yet%s", shell.QuotePrintable(name), text)
	for _, server := range addrs {
		p.Queues = append(p.Queues, servers.Queue{Server: server, FunctionStatus: wire.FunctionStatus{Function: name}})
	}
}

// Servers returns the queues by server.
func (p *Plan) Servers() map[string][]servers.Queue {
	by := map[string][]servers.Queue{}
	for _, q := range p.Queues {
		by[q.Server] = append(by[q.Server], q)
	}
	return by
}
