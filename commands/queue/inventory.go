package queue

import (
	"context"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// inventory is what a server says of its jobs and of its queues, right after each other.
type inventory struct {
	totals wire.JobTotals
	queues []wire.FunctionStatus
	ghosts int64 // jobs that no queue counts, at least so many
	bad    []*wire.LineError
}

// takeInventory reads show jobs, then status, in one round trip, and show jobs again when there seem to be ghosts. They cannot
// be told when a line of the status could not be read. Both may have been sent ahead. Of a server without show jobs it returns the queues beside the
// error.
func takeInventory(ctx context.Context, c *wire.Conn) (*inventory, error) {
	if !c.Pipelined() {
		c.Pipeline(wire.CommandShowJobs, wire.CommandStatus)
	}
	census, err := c.JobSnapshot(ctx)
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
	l := &inventory{totals: census.JobTotals, queues: s.Queues.Rows, bad: s.Queues.Bad}
	if len(s.Queues.Bad) == 0 {
		l.ghosts, err = c.OrphanedJobs(ctx, census, servers.TotalJobs(s.Queues.Rows))
	}
	return l, err
}

// ghostsOf returns how many jobs of a server no queue counts, at least.
func ghostsOf(ctx context.Context, c *wire.Conn) (int64, error) {
	l, err := takeInventory(ctx, c)
	if err != nil {
		return 0, err
	}
	return l.ghosts, nil
}

// ghostsError says that a server has jobs that no queue counts, and the only cure. It is partial: whatever else there
// was to do is done.
func ghostsError(server string, ghosts int64) error {
	if ghosts == 0 {
		return nil
	}
	err := cmderr.Errorf("%s: %s to no queue (ghosts): a queue was dropped while it had jobs. New jobs with the same unique keys are accepted but never run",
		server, output.Plural(ghosts, "job belongs", "jobs belong"))
	return cmderr.SomeFailed([]error{cmderr.WithHint(err, "only a restart of gearmand removes them, which loses jobs in other queues unless they are stored. Save those first with: %s", cmderr.Try("drain", "*", "--all", "--to", "FILE").On(server))}, true)
}
