package jobs

import (
	"context"
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// ReturnsProof says whether a server gives back what it is handed back, often enough for the jobs it has.
type ReturnsProof struct {
	Log     cmderr.Log
	Doing   string
	Accept  bool // --accept-risk
	Certain bool // jobs are handed back whatever happens: what the server would destroy is lost for certain

	Priorities bool // they are asked for, too
}

// Proven is what is known of a server before jobs are taken from it. An empty one knows nothing.
type Proven struct {
	Totals     wire.JobTotals
	Priorities *serverPriorities
	conn       *wire.Conn    // on which it was proved; nil: none
	ended      chan struct{} // closed when conn is free again
}

// Asked waits until the connection on which it was proved is free, and returns it, or nil.
func (k *Proven) Asked() *wire.Conn {
	if k.conn != nil {
		<-k.ended
	}
	return k.conn
}

func (k *Proven) Close() {
	if c := k.Asked(); c != nil {
		c.Close()
	}
}

// Check proves it on a queue of our own, before jobs are held: a server that runs with --job-retries destroys what is
// handed back too often, and unreleased ones with the default. A server that fails is refused, or with --accept-risk
// warned of, unless jobs would be lost for certain. The totals are those of show jobs, zero where the server has no such
// command.
//
// It takes one round trip, unless jobs were released before. What remains of the proof is removed meanwhile: c belongs
// to what is returned, until that is closed.
func (p *ReturnsProof) Check(ctx context.Context, c *wire.Conn, jobs int64) (*Proven, error) {
	known := &Proven{conn: c, ended: make(chan struct{})}
	proof, err := p.ask(ctx, known)
	if proof == nil {
		close(known.ended)
		return known, err
	}
	go func() {
		defer close(known.ended)
		if err := proof.End(context.WithoutCancel(ctx)); err != nil {
			p.Log.Verbose("%v", err)
		}
	}()
	return known, p.judge(c, jobs, err)
}

// ask asks all that must be known, and returns the proof that is to be ended, if it can be.
func (p *ReturnsProof) ask(ctx context.Context, known *Proven) (*wire.ReleaseCheck, error) {
	c, more := known.conn, servers.MoreReturns
	if p.Certain {
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

// judge says what a proof means for so many jobs.
func (p *ReturnsProof) judge(c *wire.Conn, jobs int64, err error) error {
	switch {
	case !errors.Is(err, wire.ErrDestroysJobs):
		return err
	case p.Certain:
		return cmderr.WithHint(cmderr.Errorf("%s %s: %w, and up to %s", p.Doing, c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job would be lost", "jobs would be lost")),
			"nothing was changed; start gearmand without --job-retries, or drain everything: %s",
			cmderr.Try("drain", "QUEUE", "--to", "FILE", "--accept-risk").On(c.Server()))
	case p.Accept:
		p.Log.Warn("%s: %v: %s at risk should this be interrupted", c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job is", "jobs are"))
		return nil
	}
	return cmderr.WithHint(cmderr.Errorf("%s %s: %w: %s at risk", p.Doing, c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job would be", "jobs would be")),
		"nothing was changed; override with --accept-risk, or start gearmand without --job-retries")
}

// CheckServer is check on a new connection. After an error nothing is left to close.
func (p *ReturnsProof) CheckServer(ctx context.Context, d *wire.Dialer, server string, jobs int64) (*Proven, error) {
	c, err := d.Dial(ctx, server)
	if err != nil {
		return nil, err
	}
	known, err := p.Check(ctx, c, jobs)
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
