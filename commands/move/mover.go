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
	"gearctl/wire/modgearman"
)

// mover moves jobs of one queue.
type mover struct {
	env    *cli.Env
	o      *options
	dialer *wire.Dialer
	filter *jobs.Filter // nil: every job
	rekey  *rekeying    // nil: payloads stay as they are
	keys   []modgearman.Key

	source, target *wire.Conn
	queue          servers.Queue   // at the source
	version        servers.Version // of the source
	checked        *jobs.Source
	row            row
}

func newMover(env *cli.Env, o *options) (*mover, error) {
	d, err := env.Dialer()
	if err != nil {
		return nil, err
	}
	m := &mover{env: env, o: o, dialer: d, checked: new(jobs.Source), row: row{Server: o.from.Server, Queue: o.from.Queue, ToServer: o.to.Server, ToQueue: o.to.Queue}}
	if m.filter, err = o.filter.Filter(env); err != nil {
		return nil, err
	}
	if m.keys, err = m.findKeys(); err != nil || o.rekey == "" {
		return m, err
	}
	rule, err := o.filter.Keys.Dialect()
	if err != nil {
		return nil, err
	}
	m.rekey, err = parseRekey(env, o.rekey, rule)
	return m, err
}

func (m *mover) findKeys() ([]modgearman.Key, error) {
	if m.filter != nil {
		return m.filter.Keys, nil
	}
	return m.o.filter.Keys.Decoding(m.env)
}

func (m *mover) close() {
	m.checked.Conn()
	for _, c := range []*wire.Conn{m.source, m.target} {
		if c != nil {
			c.Close()
		}
	}
}

// plan finds the queue and makes sure that it can be moved: the target is another queue, whatever its server is called,
// and the source keeps released jobs.
func (m *mover) plan(ctx context.Context) (err error) {
	if err := m.dial(ctx); err != nil {
		return err
	}
	s, err := servers.TakeSnapshot(ctx, m.source, servers.PartQueues, servers.PartVersion)
	if err != nil {
		return err
	}
	q := s.Queue(m.o.from.Queue)
	if q == nil {
		return cli.WithServer(servers.UnknownQueue(m.o.from.Queue, s.Names()), m.o.from.Server)
	}
	m.queue, m.version = servers.Queue{Server: m.o.from.Server, FunctionStatus: *q}, s.Version
	m.row.Remaining = new(m.queue.Waiting())
	if m.o.dryRun {
		m.row.WouldMove = new(m.o.wouldMove(m.queue.Waiting()))
	}
	if m.o.dryRun || m.queue.Waiting() == 0 {
		return nil
	}
	if m.needsPriorities() && (m.queue.Workers > 0 || m.queue.Running > 0) {
		return m.explainPriorities(jobs.ErrOthersWork)
	}
	if err := m.checkDifferent(ctx); err != nil {
		return err
	}
	return m.checkRelease(ctx, m.o.yes)
}

// dial connects to both servers at once.
func (m *mover) dial(ctx context.Context) (err error) {
	var target error
	var both sync.WaitGroup
	both.Go(func() { m.target, target = m.dialer.Dial(ctx, m.o.to.Server) })
	m.source, err = m.dialer.Dial(ctx, m.o.from.Server)
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
		proof.Priorities, proof.Version, proof.HoldFirst = m.o.priorities.Wanted(m.version, m.queue), m.version, m.o.from.Queue
	}
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
	return cmderr.WithHint(cmderr.Errorf("move from %s: %w", m.o.from, err),
		"nothing was changed; stop the workers of the queue, or give all jobs one priority: --priority normal; --priorities=lose does that where it is not known")
}

// checkDifferent refuses a target that is the source under another server name.
func (m *mover) checkDifferent(ctx context.Context) error {
	if m.o.from.Queue != m.o.to.Queue {
		return nil
	}
	same, err := wire.SameServer(ctx, m.source, m.target)
	if err == nil && same {
		err = cmderr.Usagef("move: %s and %s are the same queue on one server", m.o.from, m.o.to)
	}
	return err
}

// confirm shows what will be moved and asks.
func (m *mover) confirm(ctx context.Context) error {
	if m.o.yes || m.queue.Waiting() == 0 {
		return nil
	}
	m.env.Info("%s: %s waiting, %d running, %s", m.o.from, output.Plural(m.queue.Waiting(), "job", "jobs"),
		m.queue.Running, output.Plural(m.queue.Workers, "worker", "workers"))
	verb := "move"
	if m.o.copy {
		verb = "copy"
	}
	return m.env.Confirm(ctx, verb+" "+m.describeJobs()+" to "+m.o.to.String()+"?")
}

// wouldMove returns how many of the waiting jobs are moved at most.
func (o *options) wouldMove(waiting int64) int64 {
	if o.max > 0 {
		return min(waiting, o.max)
	}
	return waiting
}

// describeJobs names the selected jobs.
func (m *mover) describeJobs() string {
	text := output.Plural(m.o.wouldMove(m.queue.Waiting()), "job", "jobs")
	if m.filter != nil {
		text = "those of " + text + " that match"
	}
	return text
}
