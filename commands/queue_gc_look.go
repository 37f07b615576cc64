package commands

import (
	"context"
	"errors"

	"gearctl/output"
	"gearctl/wire"
)

// jobsLook is what a server says of its jobs and of its queues, right after each other.
type jobsLook struct {
	totals wire.JobTotals
	queues []wire.FunctionStatus
	ghosts int64 // jobs that no queue counts, at least so many
	bad    []*wire.LineError
}

// lookAtJobs reads show jobs, then status, in one round trip, and show jobs again when there seem to be ghosts. They cannot
// be told when a line of the status could not be read. Both may have been sent ahead. Of a server without show jobs it returns the queues beside the
// error.
func lookAtJobs(ctx context.Context, c *wire.Conn) (*jobsLook, error) {
	if !c.Pipelined() {
		c.Pipeline(wire.CommandShowJobs, wire.CommandStatus)
	}
	census, err := c.JobSnapshot(ctx)
	var refused *wire.ServerError
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	list, missing := c.Status(ctx)
	if missing != nil {
		return nil, missing
	}
	if err != nil {
		return &jobsLook{queues: list.Rows, bad: list.Bad}, err
	}
	l := &jobsLook{totals: census.JobTotals, queues: list.Rows, bad: list.Bad}
	if len(list.Bad) == 0 {
		l.ghosts, err = c.OrphanedJobs(ctx, census, sumOfTotals(list.Rows))
	}
	return l, err
}

// ghostsOf returns how many jobs of a server no queue counts, at least.
func ghostsOf(ctx context.Context, c *wire.Conn) (int64, error) {
	l, err := lookAtJobs(ctx, c)
	if err != nil {
		return 0, err
	}
	return l.ghosts, nil
}

func sumOfTotals(list []wire.FunctionStatus) int64 {
	var n int64
	for _, q := range list {
		n += q.Total
	}
	return n
}

// ghostsError says that a server has jobs that no queue counts, and the only cure. It is partial: whatever else there
// was to do is done.
func ghostsError(server string, ghosts int64) error {
	if ghosts == 0 {
		return nil
	}
	err := errorf("%s: %s to no queue: a queue was dropped while it had jobs. New jobs with their unique keys are accepted and never run",
		server, output.Plural(ghosts, "job belongs", "jobs belong"))
	return someFailed([]error{withHint(err, "only a restart of gearmand removes them; it forgets the jobs of other queues unless they are stored. Keep those first with: %s", try("drain", "*", "--all", "--to", "FILE").on(server))}, true)
}
