package connect

import (
	"context"
	"errors"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// Pool keeps a connection to each server that was asked for.
type Pool struct {
	Client *Client
	conns  []*wire.Conn
}

// Get returns the connection to server, dialling when there is none.
func (p *Pool) Get(ctx context.Context, server string) (*wire.Conn, error) {
	for _, c := range p.conns {
		if c.Server() == server {
			return c, nil
		}
	}
	c, err := p.Client.Dialer.Dial(ctx, server)
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

// Submit hands job to the first server that accepts it. Those before it are reported, each once.
func (p *Pool) Submit(ctx context.Context, job *wire.Submission, addrs []string) (*wire.Conn, string, error) {
	var errs []error
	for _, server := range addrs {
		c, err := p.Get(ctx, server)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		handle, err := c.Submit(ctx, job)
		if err == nil {
			p.Client.Skipped(errs, server)
			return c, handle, nil
		}
		errs = append(errs, servers.ExplainSubmission(ctx, c, err, job.Type()))
		p.Drop(c)
		var op *wire.OpError
		if ctx.Err() != nil || errors.As(err, &op) && !op.Safe && !servers.IsRefusal(err) {
			break // it may have got the job: another server must not do it too
		}
	}
	return nil, "", errors.Join(errs...)
}

// Drop closes a connection that is no longer good.
func (p *Pool) Drop(c *wire.Conn) {
	c.Close()
	for i, other := range p.conns {
		if other == c {
			p.conns = append(p.conns[:i], p.conns[i+1:]...)
			return
		}
	}
}

func (p *Pool) Close() {
	for _, c := range p.conns {
		c.Close()
	}
}
