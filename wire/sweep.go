package wire

import (
	"context"
	"errors"
)

// errRelease makes Take hand the job back.
var errRelease = errors.New("hand back")

// grabAndRelease takes a job of function and hands it back. It reports whether there was one. On the way the server frees
// the jobs of function that it ignores, up to the first that it does not.
func (c *Conn) grabAndRelease(ctx context.Context, function string) (got bool, err error) {
	taken, err := c.Take(ctx, &Take{Function: function, Window: 1, Max: 1, Job: func(Job) error { return errRelease }})
	var lost *OpError // which Take joins with errHandBack
	if errors.Is(err, errRelease) && !errors.As(err, &lost) {
		err = nil
	}
	return taken.Jobs > 0, err
}

// Sweep makes the server forget the cancelled and abandoned jobs that stand in front of a function's queue: it asks for
// one job, and hands it back if there is a live one, which it reports. CheckRelease must have proved that the job
// survives that. The job goes to the tail of its priority.
func (c *Conn) Sweep(ctx context.Context, function string) (live bool, err error) {
	return c.grabAndRelease(ctx, function)
}
