package wire

import (
	"context"
	"errors"
	"fmt"
)

// ErrKeepsJobs says that a server still has a job that was completed, as gearmand does when its store cannot remove it.
var ErrKeepsJobs = errors.New("a job that was completed is still there")

// CheckStore checks, with a canary job, that a server accepts a background job, which its store must keep, assigns it, and
// forgets it when it is completed. A *ServerError, wrapped in an *OpError, is the server's refusal: gearmand answers
// QUEUE_ERROR as long as its store cannot be reached, while it still accepts foreground jobs. ErrKeepsJobs is a store that failed then.
//
// It takes five round trips. What is left behind is removed as CheckRelease does, after which this connection is closed.
func (c *Conn) CheckStore(ctx context.Context) error {
	if !c.canServeCanary() {
		return c.onNewConn(ctx, func(c *Conn) error { return c.CheckStore(ctx) })
	}
	k := newCanary(c)
	k.register()
	_, err := c.Submit(ctx, k.stored())
	failed := err
	var refused *ServerError
	if err == nil || errors.As(err, &refused) {
		failed = k.complete(ctx)
	}
	if failed != nil {
		k.rescue(ctx)
		return failed
	}
	return err
}

// complete takes what there is and drops the queue when it is seen to be empty: a store that fails keeps its job, which
// the server then has again.
func (k *canary) complete(ctx context.Context) error {
	if _, err := k.c.Take(ctx, &Take{Function: k.function, Answer: AnswerComplete, Job: func(Job) error { return nil }}); err != nil {
		return err
	}
	switch known, empty, err := k.queueState(ctx, k.c); {
	case err != nil || !known:
		return err
	case !empty:
		return fmt.Errorf("%s: %w", k.c.Server(), ErrKeepsJobs)
	}
	return k.drop(ctx, k.c)
}
