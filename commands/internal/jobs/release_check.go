package jobs

import (
	"context"
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// ReleaseCheck says whether a server gives back what it is handed back, often enough for the jobs it has.
type ReleaseCheck struct {
	Log            cmderr.Log
	Action         string
	AcceptRisk     bool // --accept-risk
	AlwaysReleases bool // jobs are handed back whatever happens: what the server would destroy is lost for certain

	Priorities bool // they are asked for, too
}

// Source is what is known of a server before jobs are taken from it. An empty one knows nothing.
type Source struct {
	Totals     wire.JobTotals
	Priorities *serverPriorities
	conn       *wire.Conn    // on which it was proved; nil: none
	free       chan struct{} // closed when conn is free again
}

// Conn waits until the connection on which it was proved is free, and returns it, or nil.
func (k *Source) Conn() *wire.Conn {
	if k.conn != nil {
		<-k.free
	}
	return k.conn
}

func (k *Source) Close() {
	if c := k.Conn(); c != nil {
		c.Close()
	}
}

// Run proves it on a queue of our own, before jobs are held: a server that runs with --job-retries destroys what is
// handed back too often, and unreleased ones with the default. A server that fails is refused, or with --accept-risk
// warned of, unless jobs would be lost for certain. The totals are those of show jobs, zero where the server has no such
// command.
//
// It takes one round trip, unless jobs were released before. What remains of the proof is removed meanwhile: c belongs
// to what is returned, until that is closed.
func (p *ReleaseCheck) Run(ctx context.Context, c *wire.Conn, jobs int64) (*Source, error) {
	known := &Source{conn: c, free: make(chan struct{})}
	proof, err := p.ask(ctx, known)
	if proof == nil {
		close(known.free)
		return known, err
	}
	go func() {
		defer close(known.free)
		if err := proof.End(context.WithoutCancel(ctx)); err != nil {
			p.Log.Verbose("%v", err)
		}
	}()
	return known, p.explain(c, jobs, err)
}

// ask asks all that must be known, and returns the proof that is to be ended, if it can be.
func (p *ReleaseCheck) ask(ctx context.Context, known *Source) (*wire.ReleaseCheck, error) {
	c, more := known.conn, servers.ExtraReleases
	if p.AlwaysReleases {
		more++
	}
	c.Pipeline(wire.CommandShowJobs)
	if p.Priorities {
		c.Pipeline(wire.CommandPriorityStatus)
	}
	proof := c.BeginReleaseCheck(more)
	if p.Priorities {
		c.Pipeline(wire.CommandStatus)
	}
	var err error
	if known.Totals, err = c.JobTotals(ctx); err != nil && !servers.IsUnknownCommand(err) {
		proof.Abandon(ctx)
		return nil, err
	}
	s := &servers.Snapshot{Server: c.Server()}
	if p.Priorities {
		if err = s.Ask(ctx, c, servers.PartPriorities); err != nil {
			proof.Abandon(ctx)
			return nil, err
		}
	}
	err = proof.Survives(ctx, more)
	if !wire.Endable(err) {
		return nil, err
	}
	if p.Priorities {
		if serr := s.Ask(ctx, c, servers.PartQueues); serr != nil {
			proof.Abandon(ctx)
			return nil, serr
		}
		known.Priorities = readPriorities(p.Log, proof, s, known.Totals)
	}
	if err == nil && known.Totals.MaxRetries > 0 {
		if err = proof.Survives(ctx, int(known.Totals.MaxRetries)+more); !wire.Endable(err) {
			return nil, err
		}
	}
	return proof, err
}

// explain says what a proof means for so many jobs.
func (p *ReleaseCheck) explain(c *wire.Conn, jobs int64, err error) error {
	switch {
	case !errors.Is(err, wire.ErrDestroysJobs):
		return err
	case p.AlwaysReleases:
		return cmderr.WithHint(cmderr.Errorf("%s %s: %w, and up to %s", p.Action, c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job would be lost", "jobs would be lost")),
			"nothing was changed; start gearmand without --job-retries, or drain everything: %s",
			cmderr.Try("drain", "QUEUE", "--to", "FILE", "--accept-risk").On(c.Server()))
	case p.AcceptRisk:
		p.Log.Warn("%s: %v: %s at risk should this be interrupted", c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job is", "jobs are"))
		return nil
	}
	return cmderr.WithHint(cmderr.Errorf("%s %s: %w: %s at risk", p.Action, c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job would be", "jobs would be")),
		"nothing was changed; override with --accept-risk, or start gearmand without --job-retries")
}

// Dial is check on a new connection. After an error nothing is left to close.
func (p *ReleaseCheck) Dial(ctx context.Context, d *wire.Dialer, server string, jobs int64) (*Source, error) {
	c, err := d.Dial(ctx, server)
	if err != nil {
		return nil, err
	}
	known, err := p.Run(ctx, c, jobs)
	if err != nil {
		known.Close()
		return nil, err
	}
	return known, nil
}

// MissingJobs tells of jobs that were handed back and not seen again, or returns nil.
func MissingJobs(queue, server string, n wire.Taken) error {
	if n.Missing == 0 {
		return nil
	}
	return cmderr.Errorf("queue %s on %s: %s released and not seen again: another worker took them, or the server destroyed them", queue, server,
		output.Plural(n.Missing, "job was", "jobs were"))
}
