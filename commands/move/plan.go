package move

import (
	"context"
	"errors"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// plan is the moves of a run, one for each source.
type plan struct {
	*settings
	movers   []*mover // by server
	isTarget string   // the server that is left out because it is the target; empty: none
	leftOut  error    // why other servers are left out
}

// plan finds the queues, and makes sure that they can be moved. It returns an error if none can.
func (s *settings) plan(ctx context.Context) (*plan, error) {
	if s.o.from.Server == "" {
		return s.planGroup(ctx)
	}
	m := s.mover(s.o.from, s.o.to)
	p := &plan{settings: s, movers: []*mover{m}}
	if err := m.planAlone(ctx); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// planAlone plans the only move of a run.
func (m *mover) planAlone(ctx context.Context) error {
	if err := m.dial(ctx); err != nil {
		return err
	}
	if err := m.inspect(ctx); err != nil || m.o.dryRun || m.queue.Waiting() == 0 {
		return err
	}
	same, err := m.isTarget(ctx)
	switch {
	case err != nil:
		return err
	case same:
		return cmderr.Usagef("move: %s and %s are the same queue on one server", m.from, m.to)
	}
	return m.check(ctx, m.o.yes)
}

// planGroup plans a move from each server of the run that has the queue: to the target, or if that names no server, to another
// queue of the same server.
func (s *settings) planGroup(ctx context.Context) (*plan, error) {
	if s.o.to.Server != "" {
		_, err := wire.WithConn(ctx, s.dialer, s.o.to.Server, func(ctx context.Context, c *wire.Conn) (servers.Version, error) {
			return servers.AskVersion(ctx, c)
		})
		if err != nil {
			return nil, err
		}
	}
	found, err := cli.PlanDrain(ctx, s.env, &servers.Matcher{Exact: []string{s.o.from.Queue}}, jobs.PlanRules{})
	if found == nil {
		return nil, err
	}
	p := &plan{settings: s, leftOut: err}
	if err := p.add(ctx, found); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// add plans moves from queues that were found. Servers from which nothing can be moved are left out.
func (p *plan) add(ctx context.Context, found *jobs.Plan) error {
	all := make([]*mover, len(found.Queues))
	errs := make([]error, len(all))
	target := make([]bool, len(all))
	slots := make(chan struct{}, wire.MaxDials)
	var wg sync.WaitGroup
	for i, q := range found.Queues {
		to := p.o.to
		if to.Server == "" {
			to.Server = q.Server
		}
		m := p.mover(servers.Endpoint{Server: q.Server, Queue: q.Function}, to)
		m.found(q, found.Versions[q.Server])
		all[i] = m
		slots <- struct{}{}
		wg.Go(func() {
			target[i], errs[i] = m.planOneOfSeveral(ctx)
			<-slots
		})
	}
	wg.Wait()
	var failed []error
	for i, m := range all {
		switch {
		case target[i]:
			p.isTarget = m.from.Server
		case errs[i] != nil:
			failed = append(failed, errs[i])
		default:
			p.movers = append(p.movers, m)
			continue
		}
		m.close()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.leftOut = cmderr.MergeErrors(p.leftOut, cmderr.SomeFailed(failed, len(p.movers) > 0))
	if len(p.movers) == 0 {
		return errors.Join(cmderr.Flatten(p.leftOut)...) // nothing was done, not a part
	}
	return nil
}

// planOneOfSeveral reports whether the source is the target, or returns why it cannot be moved from. The priorities are left
// to the move, since others precede it.
func (m *mover) planOneOfSeveral(ctx context.Context) (target bool, err error) {
	if m.from == m.to {
		return true, nil
	}
	if m.queue.Waiting() == 0 {
		return false, nil
	}
	if err := m.dial(ctx); err != nil {
		return false, err
	}
	target, err = m.isTarget(ctx)
	if target || err != nil || m.o.dryRun {
		return target, err
	}
	return false, m.check(ctx, false)
}

func (p *plan) close() {
	for _, m := range p.movers {
		m.close()
	}
}

func (p *plan) rows() []row {
	rows := make([]row, len(p.movers))
	for i, m := range p.movers {
		rows[i] = m.row
	}
	return rows
}

// confirm shows what will be moved, and what is left out, and asks.
func (p *plan) confirm(ctx context.Context) error {
	var jobs, most int64
	var from []*mover
	for _, m := range p.movers {
		if m.queue.Waiting() > 0 {
			from = append(from, m)
			jobs, most = jobs+m.queue.Waiting(), most+m.wouldMove()
		}
	}
	if p.o.yes || jobs == 0 {
		p.noteTarget()
		return nil
	}
	for _, m := range from {
		p.env.Info("%s: %s waiting, %d running, %s", m.from, output.Plural(m.queue.Waiting(), "job", "jobs"),
			m.queue.Running, output.Plural(m.queue.Workers, "worker", "workers"))
	}
	p.noteTarget()
	p.env.NoteLeftOut(p.leftOut)
	return p.env.Confirm(ctx, p.verb()+" "+p.describe(most, len(from))+"?")
}

// noteTarget reports that a server of the run is the target.
func (p *plan) noteTarget() {
	if p.isTarget != "" {
		p.env.Info("left out: %s is the target", p.isTarget)
	}
}

func (p *plan) verb() string {
	if p.o.copy {
		return "copy"
	}
	return "move"
}

// describe says which jobs go from n servers to where.
func (p *plan) describe(jobs int64, n int) string {
	text := output.Plural(jobs, "job", "jobs")
	if p.filter != nil {
		text = "those of " + text + " that match"
	}
	text += cli.OnServers(n) + " to "
	if p.o.to.Server != "" {
		return text + p.o.to.String()
	}
	return text + "queue " + p.o.to.Queue + " of the same server"
}
