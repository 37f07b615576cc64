package queue

import (
	"context"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// inventory is what a server reports about its jobs and its queues, one right after the other.
type inventory struct {
	totals wire.JobTotals
	queues []wire.FunctionStatus
	ghosts int64 // jobs that belong to no queue, at least
	bad    []*wire.LineError
}

// takeInventory reads show jobs, then status, in one round trip, and show jobs again if there seem to be ghosts, which cannot
// be detected if a line of the status is unreadable. Both commands may have been sent ahead. For a server without show jobs
// it returns the queues beside the error.
func takeInventory(ctx context.Context, c *wire.Conn) (*inventory, error) {
	if !c.Pipelined() {
		c.Pipeline(wire.CommandShowJobs, wire.CommandStatus)
	}
	all, err := c.JobSnapshot(ctx)
	if err != nil && !servers.IsRefusal(err) {
		return nil, err
	}
	s, missing := servers.AskQueues(ctx, c)
	if missing != nil {
		return nil, missing
	}
	if err != nil {
		return &inventory{queues: s.Queues.Rows, bad: s.Queues.Bad}, err
	}
	l := &inventory{totals: all.JobTotals, queues: s.Queues.Rows, bad: s.Queues.Bad}
	if len(s.Queues.Bad) == 0 {
		l.ghosts, err = c.OrphanedJobs(ctx, all, servers.TotalJobs(s.Queues.Rows))
	}
	return l, err
}

// ghostsError is the error that a server has jobs that belong to no queue, nil for none. It is partial: everything else was
// done.
func ghostsError(server string, ghosts int64) error {
	if ghosts == 0 {
		return nil
	}
	err := cmderr.Errorf("%s: %s to no queue (ghosts): a queue was dropped while it had jobs. New jobs with the same unique keys are accepted but never run",
		server, output.Plural(ghosts, "job belongs", "jobs belong"))
	return cmderr.SomeFailed([]error{cmderr.WithHint(err, "only a restart of gearmand removes them, which loses jobs in other queues unless they are stored. Save those first with: %s", cmderr.Try("drain", "*", "--all", "--to", "FILE").On(server))}, true)
}
