package commands

import (
	"context"
	"errors"

	"gearctl/output"
	"gearctl/wire"
)

// returnsProof says whether a server gives back what it is handed back, often enough for the jobs it has.
type returnsProof struct {
	env     *Env
	doing   string
	accept  bool // --accept-risk
	certain bool // jobs are handed back whatever happens: what the server would destroy is lost for certain
}

// moreReturns is how often a job may be handed back beyond what has happened to it: by us, who may be killed, and once by a
// worker after that. Where jobs are handed back for certain, to keep their order, it is once more.
const moreReturns = 2

// check proves it on a queue of our own, before jobs are held: a server that runs with --job-retries destroys what is
// handed back too often, and unreleased ones with the default. A server that fails is refused, or with --accept-risk
// warned of, unless jobs would be lost for certain. The totals are those of show jobs, zero where the server has no such
// command.
func (p *returnsProof) check(ctx context.Context, c *wire.Conn, jobs int64) (wire.JobTotals, error) {
	totals, err := c.JobTotals(ctx)
	if err != nil && !lacksCommand(err) {
		return totals, err
	}
	more := moreReturns
	if p.certain {
		more++
	}
	err = c.ProveReturns(ctx, int(totals.MaxRetries)+more)
	switch {
	case err == nil, !errors.Is(err, wire.ErrDestroysJobs):
		return totals, err
	case p.certain:
		return totals, withHint(errorf("%s %s: %w, and up to %s", p.doing, c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job would be lost", "jobs would be lost")),
			"nothing was touched; start gearmand without --job-retries, or take all jobs away: %s",
			try("drain", "QUEUE", "--to", "FILE", "--accept-risk").on(c.Server()))
	case p.accept:
		p.env.warn("%s: %v: %s at risk should this be interrupted", c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job is", "jobs are"))
		return totals, nil
	}
	return totals, withHint(errorf("%s %s: %w: %s at risk", p.doing, c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job would be", "jobs would be")),
		"nothing was touched; go on all the same with --accept-risk, or start gearmand without --job-retries")
}

// missingJobs tells of jobs that were handed back and not seen again, or returns nil.
func missingJobs(queue, server string, n wire.Taken) error {
	if n.Missing == 0 {
		return nil
	}
	return errorf("queue %s on %s: %s handed back and not seen again: another worker took them, or the server destroyed them", queue, server,
		output.Plural(n.Missing, "job was", "jobs were"))
}
