package commands

import (
	"context"
	"errors"

	"gearctl/wire"
)

// connPool keeps a connection to each server that was asked for.
type connPool struct {
	client *client
	conns  []*wire.Conn
}

// get returns the connection to server, dialling when there is none.
func (p *connPool) get(ctx context.Context, server string) (*wire.Conn, error) {
	for _, c := range p.conns {
		if c.Server() == server {
			return c, nil
		}
	}
	c, err := p.client.dialer.Dial(ctx, server)
	if err != nil {
		return nil, err
	}
	if err := c.Exceptions(ctx); err != nil {
		c.Close()
		return nil, err
	}
	p.conns = append(p.conns, c)
	return c, nil
}

// submit hands job to the first server that accepts it. Those before it are reported, each once.
func (p *connPool) submit(ctx context.Context, job *wire.Submission, servers []string) (*wire.Conn, string, error) {
	var errs []error
	for _, server := range servers {
		c, err := p.get(ctx, server)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		handle, err := c.Submit(ctx, job)
		if err == nil {
			p.client.skipped(errs, server)
			return c, handle, nil
		}
		errs = append(errs, explainSubmission(ctx, c, err, job.Type()))
		p.drop(c)
		var op *wire.OpError
		if ctx.Err() != nil || errors.As(err, &op) && !op.Safe && !isRefusal(err) {
			break // it may have got the job: another server must not do it too
		}
	}
	return nil, "", errors.Join(errs...)
}

// drop closes a connection that is no longer good.
func (p *connPool) drop(c *wire.Conn) {
	c.Close()
	for i, other := range p.conns {
		if other == c {
			p.conns = append(p.conns[:i], p.conns[i+1:]...)
			return
		}
	}
}

func (p *connPool) close() {
	for _, c := range p.conns {
		c.Close()
	}
}
