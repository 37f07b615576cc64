package wire

import (
	"context"
	"errors"
)

// Peek shows the first max jobs of a function to look, in their order, without holding more than those: each is held
// by a connection of its own, and they are handed back one after the other, so that they stand in their order at the
// tail of their priorities. It returns how many there were. When look fails, ctx ends or a connection breaks, what is
// held is handed back all the same. CheckRelease must have proved that the server takes jobs back; one that does not
// know GRAB_JOB_UNIQ is an error.
func Peek(ctx context.Context, d *Dialer, server, function, clientID string, max int, look func(Job) error) (n int, err error) {
	var holders []*Conn
	defer func() {
		for _, c := range holders {
			err = errors.Join(err, c.releaseHeld(context.WithoutCancel(ctx), function))
			c.Close()
		}
	}()
	for n < max && ctx.Err() == nil {
		c, err := d.Dial(ctx, server)
		if err != nil {
			return n, err
		}
		holders = append(holders, c)
		got, err := c.holdNext(ctx, function, clientID, look)
		if err != nil || !got {
			return n, err
		}
		n++
	}
	if ctx.Err() != nil {
		return n, context.Cause(ctx)
	}
	return n, nil
}

// holdNext grabs a job of function and keeps it.
func (c *Conn) holdNext(ctx context.Context, function, clientID string, look func(Job) error) (got bool, err error) {
	c.claimFunction(function)
	err = c.do(ctx, "take a job of "+function+" from", 0, func() error {
		c.SetClientID(clientID)
		c.Send(CanDo, []byte(function))
		c.Send(GrabJobUniq)
		if err := c.Flush(); err != nil {
			return err
		}
		p, err := c.receiveAnswer()
		switch {
		case err != nil:
			return err
		case p.Type == NoJob:
			return nil
		case p.Type != JobAssignUniq:
			return unexpected(p)
		}
		got = true
		return fromCallback(look(Job{Handle: p.Arg(0), Function: p.Arg(1), Unique: p.Arg(2), Workload: p.Arg(3)}))
	})
	return got, err
}

// releaseHeld returns when the server has put back what c holds.
func (c *Conn) releaseHeld(ctx context.Context, function string) error {
	return c.do(ctx, "hand back a job of "+function+" to", 0, func() error {
		c.Send(CantDo, []byte(function))
		c.Send(EchoReq, []byte("left"))
		if err := c.Flush(); err != nil {
			return err
		}
		p, err := c.receiveAnswer()
		if err == nil && p.Type != EchoRes {
			err = unexpected(p)
		}
		return err
	})
}
