package connect

import (
	"context"
	"errors"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// Pool keeps at most one connection per server.
type Pool struct {
	Client *Client
	conns  []*wire.Conn
}

// Get returns the connection to server, and dials if there is none.
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

// Submit submits job to the first server that accepts it and returns its connection and the job's handle. The errors of
// the servers before it are passed to Client.Skipped.
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
			break // this server may have the job: do not submit it to another one too
		}
	}
	return nil, "", errors.Join(errs...)
}

// Drop closes a connection and removes it from the pool.
func (p *Pool) Drop(c *wire.Conn) {
	c.Close()
	for i, other := range p.conns {
		if other == c {
			p.conns = append(p.conns[:i], p.conns[i+1:]...)
			return
		}
	}
}

// Close closes all connections.
func (p *Pool) Close() {
	for _, c := range p.conns {
		c.Close()
	}
}
