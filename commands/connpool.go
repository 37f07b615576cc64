package commands

import (
	"context"

	"gearctl/wire"
)

// connPool keeps a connection to each server that was asked for.
type connPool struct {
	d     *wire.Dialer
	conns []*wire.Conn
}

// get returns the connection to server, dialling when there is none.
func (p *connPool) get(ctx context.Context, server string) (*wire.Conn, error) {
	for _, c := range p.conns {
		if c.Server() == server {
			return c, nil
		}
	}
	c, err := p.d.Dial(ctx, server)
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
