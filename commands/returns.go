package commands

import (
	"context"
	"errors"

	"gearctl/output"
	"gearctl/wire"
)

// returnsProof says whether a server gives back what it is handed back, often enough for the jobs it has.
type returnsProof struct {
	log     Log
	doing   string
	accept  bool // --accept-risk
	certain bool // jobs are handed back whatever happens: what the server would destroy is lost for certain

	priorities bool // they are asked for, too
}

// proven is what is known of a server before jobs are taken from it. An empty one knows nothing.
type proven struct {
	totals     wire.JobTotals
	priorities *serverPriorities
	conn       *wire.Conn    // on which it was proved; nil: none
	ended      chan struct{} // closed when conn is free again
}

// asked waits until the connection on which it was proved is free, and returns it, or nil.
func (k *proven) asked() *wire.Conn {
	if k.conn != nil {
		<-k.ended
	}
	return k.conn
}

func (k *proven) close() {
	if c := k.asked(); c != nil {
		c.Close()
	}
}

// moreReturns is how often a job may be handed back beyond what has happened to it: by us, who may be killed, and once by a
// worker after that. Where jobs are handed back for certain, to keep their order, it is once more.
const moreReturns = 2

// check proves it on a queue of our own, before jobs are held: a server that runs with --job-retries destroys what is
// handed back too often, and unreleased ones with the default. A server that fails is refused, or with --accept-risk
// warned of, unless jobs would be lost for certain. The totals are those of show jobs, zero where the server has no such
// command.
//
// It takes one round trip, unless jobs were released before. What remains of the proof is removed meanwhile: c belongs
// to what is returned, until that is closed.
func (p *returnsProof) check(ctx context.Context, c *wire.Conn, jobs int64) (*proven, error) {
	known := &proven{conn: c, ended: make(chan struct{})}
	proof, err := p.ask(ctx, known)
	if proof == nil {
		close(known.ended)
		return known, err
	}
	go func() {
		defer close(known.ended)
		if err := proof.End(context.WithoutCancel(ctx)); err != nil {
			p.log.Verbose("%v", err)
		}
	}()
	return known, p.judge(c, jobs, err)
}

// ask asks all that must be known, and returns the proof that is to be ended, if it can be.
func (p *returnsProof) ask(ctx context.Context, known *proven) (*wire.ReleaseCheck, error) {
	c, more := known.conn, moreReturns
	if p.certain {
		more++
	}
	c.Pipeline(wire.CommandShowJobs)
	if p.priorities {
		c.Pipeline(wire.CommandPriorityStatus)
	}
	proof := c.BeginReleaseCheck(more)
	if p.priorities {
		c.Pipeline(wire.CommandStatus)
	}
	var err error
	if known.totals, err = c.JobTotals(ctx); err != nil && !isUnknownCommand(err) {
		proof.Abandon(ctx)
		return nil, err
	}
	s := &Snapshot{Server: c.Server()}
	if p.priorities {
		if err = s.ask(ctx, c, partPriorities); err != nil {
			proof.Abandon(ctx)
			return nil, err
		}
	}
	err = proof.Survives(ctx, more)
	if !wire.Endable(err) {
		return nil, err
	}
	if p.priorities {
		if serr := s.ask(ctx, c, partQueues); serr != nil {
			proof.Abandon(ctx)
			return nil, serr
		}
		known.priorities = readPriorities(p.log, proof, s, known.totals)
	}
	if err == nil && known.totals.MaxRetries > 0 {
		if err = proof.Survives(ctx, int(known.totals.MaxRetries)+more); !wire.Endable(err) {
			return nil, err
		}
	}
	return proof, err
}

// judge says what a proof means for so many jobs.
func (p *returnsProof) judge(c *wire.Conn, jobs int64, err error) error {
	switch {
	case !errors.Is(err, wire.ErrDestroysJobs):
		return err
	case p.certain:
		return withHint(errorf("%s %s: %w, and up to %s", p.doing, c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job would be lost", "jobs would be lost")),
			"nothing was changed; start gearmand without --job-retries, or drain everything: %s",
			try("drain", "QUEUE", "--to", "FILE", "--accept-risk").on(c.Server()))
	case p.accept:
		p.log.Warn("%s: %v: %s at risk should this be interrupted", c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job is", "jobs are"))
		return nil
	}
	return withHint(errorf("%s %s: %w: %s at risk", p.doing, c.Server(), wire.ErrDestroysJobs, output.Plural(jobs, "job would be", "jobs would be")),
		"nothing was changed; override with --accept-risk, or start gearmand without --job-retries")
}

// checkServer is check on a new connection. After an error nothing is left to close.
func (p *returnsProof) checkServer(ctx context.Context, d *wire.Dialer, server string, jobs int64) (*proven, error) {
	c, err := d.Dial(ctx, server)
	if err != nil {
		return nil, err
	}
	known, err := p.check(ctx, c, jobs)
	if err != nil {
		known.close()
		return nil, err
	}
	return known, nil
}

// missingJobs tells of jobs that were handed back and not seen again, or returns nil.
func missingJobs(queue, server string, n wire.Taken) error {
	if n.Missing == 0 {
		return nil
	}
	return errorf("queue %s on %s: %s released and not seen again: another worker took them, or the server destroyed them", queue, server,
		output.Plural(n.Missing, "job was", "jobs were"))
}
