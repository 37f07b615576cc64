package wire

import (
	"context"
	"errors"
)

// errRelease makes Take release the job.
var errRelease = errors.New("release")

// grabAndRelease grabs a job of function and releases it. It reports whether there was one. On the way the server frees
// the ignored jobs of the function, up to the first that is not ignored.
func (c *Conn) grabAndRelease(ctx context.Context, function string) (got bool, err error) {
	taken, err := c.Take(ctx, &Take{Function: function, Window: 1, Max: 1, Job: func(Job) error { return errRelease }})
	var lost *OpError // Take joins it with errRelease
	if errors.Is(err, errRelease) && !errors.As(err, &lost) {
		err = nil
	}
	return taken.Jobs > 0, err
}

// Sweep makes the server free the cancelled and abandoned jobs at the head of a function's queue by grabbing a job. If there
// is a live one, which live reports, it is released to the tail of its priority. CheckRelease must have succeeded before.
func (c *Conn) Sweep(ctx context.Context, function string) (live bool, err error) {
	return c.grabAndRelease(ctx, function)
}
