package wire

import (
	"context"
	"errors"
	"fmt"
)

// ErrDestroysJobs says that a server drops a job that is handed back to it: it runs with --job-retries=N and the job
// was handed back N times, or it is an unreleased gearmand with --job-retries=0. The value cannot be asked.
var ErrDestroysJobs = errors.New("the server destroys jobs that are handed back (gearmand --job-retries)")

// ProveReturns proves on a queue of its own that a job survives being handed back releases times. It returns
// ErrDestroysJobs when it does not. The queue is removed afterwards, unless the proof was cut short: its job may then
// still be there, and dropping a queue with a job corrupts gearmand.
func (c *Conn) ProveReturns(ctx context.Context, releases int) error {
	function := "gearctl_canary_" + NewUniqueSource().Next()
	err := c.proveReturns(ctx, function, releases)
	if err != nil && !errors.Is(err, ErrDestroysJobs) {
		return err
	}
	return errors.Join(err, c.DropFunction(ctx, function))
}

func (c *Conn) proveReturns(ctx context.Context, function string, releases int) error {
	job := &Submission{Function: function, Unique: function, Workload: []byte("canary"), Background: true}
	if _, err := c.Submit(ctx, job); err != nil {
		return err
	}
	for n := range releases {
		switch got, err := c.holdOne(ctx, function); {
		case err != nil:
			return err
		case !got:
			return fmt.Errorf("after %d of %d: %w", n, releases, ErrDestroysJobs)
		}
	}
	taken, err := c.Take(ctx, &Take{Function: function, Answer: AnswerComplete, Job: func(Job) error { return nil }})
	if err == nil && taken.Jobs == 0 {
		err = fmt.Errorf("after %d of %d: %w", releases, releases, ErrDestroysJobs)
	}
	return err
}

// errHandBack makes Take hand the job back.
var errHandBack = errors.New("hand back")

// holdOne takes a job of function and hands it back. It reports whether there was one. On the way the server frees
// the jobs of function that it ignores, up to the first that it does not.
func (c *Conn) holdOne(ctx context.Context, function string) (got bool, err error) {
	taken, err := c.Take(ctx, &Take{Function: function, Window: 1, Max: 1, Job: func(Job) error { return errHandBack }})
	var lost *OpError // which Take joins with errHandBack
	if errors.Is(err, errHandBack) && !errors.As(err, &lost) {
		err = nil
	}
	return taken.Jobs > 0, err
}

// Sweep makes the server forget the cancelled and abandoned jobs that stand in front of a function's queue: it asks for
// one job, and hands it back if there is a live one, which it reports. ProveReturns must have proved that the job
// survives that. The job goes to the tail of its priority.
func (c *Conn) Sweep(ctx context.Context, function string) (live bool, err error) {
	return c.holdOne(ctx, function)
}
