package wire

import (
	"context"
	"errors"
)

// Peek calls look for the first max jobs of a function, in their order, and releases them. A job is valid until look returns.
// Only these jobs are held, each by a connection of its own, and they are released one after the other, so that they keep
// their order at the tail of their priorities. Peek returns how many there were. If look fails, ctx ends or a connection
// breaks, the held jobs are released as well. CheckRelease must have succeeded before. A server that does not know
// GRAB_JOB_UNIQ is an error.
func Peek(ctx context.Context, d *Dialer, server, function, clientID string, max int, look func(Job) error) (n int, err error) {
	var holders []*Conn
	defer func() {
		for _, c := range holders {
			err = errors.Join(err, c.releaseHeld(Outlast(ctx), function))
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
	err = c.do(ctx, "grab a job of "+function+" from", 0, func() error {
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

// releaseHeld returns when the server has queued the held job again.
func (c *Conn) releaseHeld(ctx context.Context, function string) error {
	return c.do(ctx, "release a job of "+function+" on", 0, func() error {
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
