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

// NotSubmittedError is why a server was not sent a job.
type NotSubmittedError struct{ Err error }

func (e *NotSubmittedError) Error() string { return e.Err.Error() }
func (e *NotSubmittedError) Unwrap() error { return e.Err }

// Submit submits job to the first server that accepts it and returns its connection and the job's handle. ready, if not nil,
// is called before the job is sent; with its error, that of a connection apart, Submit ends. The errors of the servers before
// are passed to Client.Skipped.
func (p *Pool) Submit(ctx context.Context, job *wire.Submission, addrs []string, ready func(*wire.Conn) error) (*wire.Conn, string, error) {
	var errs []error
	for _, server := range addrs {
		c, err := p.Get(ctx, server)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if ready != nil {
			if err := ready(c); err != nil {
				p.Drop(c)
				errs = append(errs, &NotSubmittedError{err})
				if IsOutage(err) {
					continue
				}
				break
			}
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
