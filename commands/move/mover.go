package move

import (
	"context"
	"errors"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// mover moves the jobs of a queue on one server to one other queue.
type mover struct {
	*settings
	from, to servers.Endpoint

	source, target *wire.Conn
	queue          servers.Queue   // at the source
	version        servers.Version // of the source
	checked        *jobs.Source
	prioritiesRead bool // by the check, for the jobs that are moved next
	row            row
}

func (s *settings) mover(from, to servers.Endpoint) *mover {
	return &mover{
		settings: s, from: from, to: to, checked: new(jobs.Source),
		row: row{Server: from.Server, Queue: from.Queue, ToServer: to.Server, ToQueue: to.Queue},
	}
}

func (m *mover) close() {
	m.checked.Conn()
	for _, c := range []*wire.Conn{m.source, m.target} {
		if c != nil {
			c.Close()
		}
	}
}

// inspect asks the source for the queue.
func (m *mover) inspect(ctx context.Context) error {
	s, err := servers.TakeSnapshot(ctx, m.source, servers.PartQueues, servers.PartVersion)
	if err != nil {
		return err
	}
	q := s.Queue(m.from.Queue)
	if q == nil {
		return cli.WithServer(servers.UnknownQueue(m.from.Queue, s.Names()), m.from.Server)
	}
	m.found(servers.Queue{Server: m.from.Server, FunctionStatus: *q}, s.Version)
	return nil
}

// found sets what is to be moved.
func (m *mover) found(q servers.Queue, version servers.Version) {
	m.queue, m.version = q, version
	m.row.Remaining = new(q.Waiting())
	if m.o.dryRun {
		m.row.WouldMove = new(m.wouldMove())
	}
}

// check makes sure that the queue can be moved: the source keeps released jobs, and the priorities of jobs can be found out,
// if they are to be kept.
func (m *mover) check(ctx context.Context, withPriorities bool) error {
	if m.needsPriorities() && (m.queue.Workers > 0 || m.queue.Running > 0) {
		return m.explainPriorities(jobs.ErrOthersWork)
	}
	return m.checkRelease(ctx, withPriorities)
}

// dial connects to both servers at once.
func (m *mover) dial(ctx context.Context) (err error) {
	var target error
	var both sync.WaitGroup
	both.Go(func() { m.target, target = m.dialer.Dial(ctx, m.to.Server) })
	m.source, err = m.dialer.Dial(ctx, m.from.Server)
	both.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(err, target)
}

// checkRelease makes sure that the source keeps released jobs. With priorities it also reads those, which must happen right
// before jobs are taken.
func (m *mover) checkRelease(ctx context.Context, priorities bool) (err error) {
	m.checked.Conn()
	proof := &jobs.ReleaseCheck{Log: m.env, Action: "move from", AcceptRisk: m.o.acceptRisk, AlwaysReleases: m.filter != nil || m.o.copy}
	if priorities && m.o.priority == "" {
		proof.Priorities, proof.Version, proof.HoldFirst = m.o.priorities.Wanted(m.version, m.queue), m.version, m.from.Queue
	}
	m.prioritiesRead = priorities
	m.checked, err = proof.Run(ctx, m.source, m.queue.Waiting())
	return err
}

// needsPriorities reports whether the priorities of jobs are to be kept and nothing but the server can show them.
func (m *mover) needsPriorities() bool {
	return m.o.priorities.Keeps() && m.o.priority == "" && len(m.keys) == 0 && m.version.CountsPriorities()
}

// explainPriorities adds to ErrOthersWork what a user can do. It returns other errors as they are.
func (m *mover) explainPriorities(err error) error {
	if !errors.Is(err, jobs.ErrOthersWork) {
		return err
	}
	return cmderr.WithHint(cmderr.Errorf("move from %s: %w", m.from, err),
		"nothing was changed on %s; stop the workers of the queue, or give all jobs one priority: --priority normal; --priorities=lose does that where it is not known", m.from.Server)
}

// isTarget reports whether the source is the target, whatever their servers are called.
func (m *mover) isTarget(ctx context.Context) (bool, error) {
	switch {
	case m.from.Queue != m.to.Queue:
		return false, nil
	case m.from.Server == m.to.Server:
		return true, nil
	}
	return wire.SameServer(ctx, m.source, m.target)
}

// wouldMove returns how many of the waiting jobs are moved at most.
func (m *mover) wouldMove() int64 {
	if m.o.max > 0 {
		return min(m.queue.Waiting(), m.o.max)
	}
	return m.queue.Waiting()
}
