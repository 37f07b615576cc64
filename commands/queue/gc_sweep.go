package queue

import (
	"context"
	"fmt"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// sweep carries out the plan, all servers at once, and returns a row for each queue.
func (p gcPlan) sweep(ctx context.Context, env *cli.Env, o *gcOptions) ([]gcRow, error) {
	d, err := env.Dialer()
	if err != nil {
		return nil, err
	}
	sweepers := map[string]*sweeper{}
	var servers []string
	for _, s := range p {
		sweepers[s.server] = &sweeper{gcServer: s, o: o, id: env.ClientID(), ignored: s.inventory.totals.Ignored, ghosts: s.inventory.ghosts}
		if len(s.queues) > 0 {
			servers = append(servers, s.server)
		} else {
			sweepers[s.server].noteIgnored()
		}
	}
	var failed []error
	for _, r := range wire.FanOut(ctx, d, servers, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, sweepers[c.Server()].run(ctx, c)
	}) {
		failed = append(failed, cmderr.Flatten(r.Err)...)
	}
	return p.outcome(env, sweepers, failed)
}

// outcome collects the rows, notes and errors of all servers, in order.
func (p gcPlan) outcome(env *cli.Env, sweepers map[string]*sweeper, failed []error) ([]gcRow, error) {
	var rows []gcRow
	var ghosts []error
	for _, s := range p {
		w := sweepers[s.server]
		rows = append(append(rows, w.rows...), ghostRows(s.server, w.ghosts)...)
		ghosts = append(ghosts, ghostsError(s.server, w.ghosts))
		for _, n := range w.notes {
			env.Info("%s", n)
		}
	}
	return rows, cmderr.MergeErrors(append(ghosts, cmderr.SomeFailed(failed, len(rows) > 0))...)
}

// sweeper carries out the plan on one server.
type sweeper struct {
	gcServer
	o              *gcOptions
	id             string // of the client, for the list of workers
	c              *wire.Conn
	list           []wire.FunctionStatus // as last read
	ignored        int64                 // cancelled and abandoned jobs that are not freed yet
	ghosts         int64
	releaseChecked bool // the server keeps released jobs
	dropped        bool // a queue
	rows           []gcRow
	notes          []string // logged when all servers are done
}

// run cleans up one queue after the other. Queues from which a job may have to be released come last, so that the others are
// done even on a server that destroys released jobs.
func (s *sweeper) run(ctx context.Context, c *wire.Conn) error {
	s.c = c
	s.c.SetClientID(s.id)
	err := s.readStatus(ctx)
	for _, q := range s.queues {
		if err == nil {
			err = s.checkAndSweep(ctx, q)
		}
	}
	if err == nil && s.dropped {
		err = s.recheckGhosts(ctx)
	}
	if err == nil {
		s.noteIgnored()
	}
	return err
}

// noteIgnored notes cancelled and abandoned jobs that remain.
func (s *sweeper) noteIgnored() {
	if s.ignored > 0 {
		s.note("%s: %s: behind live jobs, or the queue has workers or was not selected",
			s.server, output.Plural(s.ignored, "cancelled or abandoned job not removed", "cancelled or abandoned jobs not removed"))
	}
}

func (s *sweeper) readStatus(ctx context.Context) error {
	now, err := servers.AskQueues(ctx, s.c)
	s.list = now.Queues.Rows
	return err
}

// recheckGhosts detects jobs that arrived in a queue at the moment it was dropped.
func (s *sweeper) recheckGhosts(ctx context.Context) error {
	now, err := takeInventory(ctx, s.c)
	if err == nil {
		s.ghosts = now.ghosts
	}
	return err
}

// checkAndSweep cleans up one queue, if it is still what it was when the user was asked.
func (s *sweeper) checkAndSweep(ctx context.Context, q gcQueue) error {
	row := gcRow{Server: s.server, Queue: &q.Function, Jobs: q.Total}
	now := servers.FindQueue(s.list, q.Function)
	var err error
	switch {
	case now == nil:
		row.State = gcChanged
	case q.kind == gcPhantom && now.Workers == 0 && now.Running == 0 && now.Total > s.ignored:
		row.State, row.Remaining = gcLive, now.Total // it has more jobs than can be cancelled
	case s.o.classify(*now, s.ignored) != q.kind:
		row.State, row.Remaining = gcChanged, now.Total
	default:
		row.Jobs = now.Total
		err = s.sweepQueue(ctx, q, &row)
	}
	if row.State != "" {
		s.rows = append(s.rows, row)
	}
	return err
}

// sweepQueue frees what it can of a queue and drops it if nothing is left. It fills row even if it fails.
func (s *sweeper) sweepQueue(ctx context.Context, q gcQueue, row *gcRow) error {
	live, discarded, err := s.free(ctx, q)
	if err == nil && q.kind != gcEmpty { // of which the status has just been read
		err = s.readStatus(ctx)
	}
	if err != nil {
		return err
	}
	now := servers.FindQueue(s.list, q.Function)
	if now == nil {
		row.State, row.Freed = gcChanged, row.Jobs
		return nil
	}
	row.Remaining, row.Freed = now.Total, max(row.Jobs-now.Total, 0)
	s.ignored = max(s.ignored-(row.Freed-discarded), 0)
	switch {
	case live:
		row.State = gcLive
		s.note("%s on %s has live jobs: the first was requeued at the tail of its priority", q.Function, s.server)
	case now.Total > 0:
		row.State = gcLater
		s.note("%s on %s: %s that the server does not give out: scheduled for later, or just arrived", q.Function, s.server, output.Plural(now.Total, "job", "jobs"))
	default:
		row.State = gcSwept
		dropped, err := s.drop(ctx, q)
		if dropped {
			row.State = gcDropped
		}
		return err
	}
	return nil
}

// free makes the server free the cancelled jobs of a phantom, or discards all jobs of a queue of gearctl's own. It returns
// whether a live job came, and how many jobs were discarded.
func (s *sweeper) free(ctx context.Context, q gcQueue) (live bool, discarded int64, err error) {
	switch q.kind {
	case gcOwn:
		taken, err := s.c.Take(ctx, &wire.Take{Function: q.Function, Job: func(wire.Job) error { return nil }})
		return false, taken.Acknowledged, err
	case gcPhantom:
		if err := s.checkRelease(ctx); err != nil {
			return false, 0, err
		}
		live, err = s.c.Sweep(ctx, q.Function)
	}
	return live, 0, err
}

// checkRelease makes sure, once, that the server keeps a live job that is released.
func (s *sweeper) checkRelease(ctx context.Context) error {
	if s.releaseChecked {
		return nil
	}
	err := s.c.CheckRelease(ctx, s.inventory.totals.Releases(servers.ExtraReleases))
	s.releaseChecked = err == nil
	risk := jobs.RiskOf(err)
	if risk == nil {
		return err
	}
	return cmderr.WithHint(cmderr.Errorf("clean up queues on %s: %w: a live job would be lost; no such queue was changed", s.server, risk),
		"to clean one up and save its live jobs to a file: %s", cmderr.Try("drain", "QUEUE", "--to", "FILE", "--accept-risk").On(s.server))
}

// drop removes a queue that was empty in the last status. If that is not possible the queue stays, and a note says why.
func (s *sweeper) drop(ctx context.Context, q gcQueue) (dropped bool, err error) {
	err = droppable(s.server, s.list, q.Function)
	if bad := wire.CheckAdminWord(q.Function); err == nil && bad != nil {
		err = cmderr.Errorf("its name %w", bad)
	}
	if err == nil {
		s.c.PipelineDrop(q.Function)
		s.c.Pipeline(wire.CommandStatus) // for the next queue
		err = s.c.DropFunction(ctx, q.Function)
		if err != nil && !servers.IsRefusal(err) {
			return false, err
		}
		if broken := s.readStatus(ctx); broken != nil {
			s.dropped = s.dropped || err == nil
			return err == nil, broken
		}
		err = servers.ExplainUnsupported(ctx, s.c, err, "drop function", "0.25")
	}
	if err != nil {
		s.note("%s on %s is not dropped: %v", q.Function, s.server, err)
		return false, nil
	}
	s.dropped = true
	return true, nil
}

func (s *sweeper) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}
