package commands

import (
	"context"
	"errors"

	"gearctl/wire"
)

// What takeBack found out.
const (
	whyNobody = "no answer in time: nobody took the job, the workers are busy or hang"
	whyGhost  = "no answer in time: the server holds a job of this unique key outside of any queue, as after a drop of a queue that had jobs; use another key, or restart the server"
)

// takeBack removes the job from the server when it still waits and nobody else waits for it: for a moment we are a
// worker of the queue ourselves, and are handed the job. It returns why there was no answer.
func (p *probe) takeBack(ctx context.Context, c *wire.Conn, handle string) (why string) {
	ctx, cancel := context.WithTimeout(ctx, takingBack)
	defer cancel()
	state, err := c.JobStatus(ctx, handle)
	switch {
	case err != nil || !state.Known:
		return "no answer in time"
	case state.Running:
		return "no answer in time: a worker took the job and works on it"
	}
	shared, err := c.JobStatusUnique(ctx, p.unique)
	var refused *wire.ServerError
	if err != nil && !errors.As(err, &refused) || shared.Clients > 1 {
		return whyNobody
	}
	if alone, err := p.alone(ctx, c); err != nil || !alone {
		c.CancelJob(ctx, handle) // the next job that a worker asks for frees it
		return whyNobody
	}
	if none, err := p.grab(ctx, c, handle); err != nil || !none {
		return whyNobody
	}
	if state, err = c.JobStatus(ctx, handle); err == nil && state.Known && !state.Running {
		return whyGhost
	}
	return whyNobody
}

// alone reports whether our job is the only one of its queue, so that nobody else's is taken and handed back.
func (p *probe) alone(ctx context.Context, c *wire.Conn) (bool, error) {
	list, err := c.Status(ctx)
	if err != nil {
		return false, err
	}
	q := findQueue(list.Rows, p.queue)
	return q != nil && q.Total == 1, nil
}

// grab asks for one job of the queue, and reports whether there was none. Ours is answered as failed; another one is
// handed back.
func (p *probe) grab(ctx context.Context, c *wire.Conn, handle string) (none bool, err error) {
	defer c.Begin(ctx)()
	c.Send(wire.CanDo, []byte(p.queue))
	c.Send(wire.GrabJobUniq)
	if err := c.Flush(); err != nil {
		return false, err
	}
	for {
		packet, err := c.Receive()
		if err == nil {
			err = wire.AsServerError(packet)
		}
		if err != nil {
			return false, err
		}
		switch packet.Type {
		case wire.NoJob:
			return true, c.Send(wire.CantDo, []byte(p.queue))
		case wire.JobAssignUniq:
			ours := string(packet.Arg(0)) == handle
			if ours {
				c.Send(wire.WorkFail, []byte(handle))
			}
			c.Send(wire.CantDo, []byte(p.queue))
			if err := c.Flush(); err != nil || !ours {
				return false, err
			}
		case wire.WorkFail, wire.WorkComplete: // the server has dealt with our answer, or a worker came at last
			return false, nil
		}
	}
}
