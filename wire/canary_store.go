package wire

import (
	"context"
	"errors"
	"fmt"
)

// CheckStore proves that a server takes a background job, which its store has to keep, hands it out and forgets it when
// it is done. A *ServerError, wrapped in an *OpError, is the server's refusal: gearmand says QUEUE_ERROR for as long as
// its store cannot be reached, while it goes on taking foreground jobs.
//
// The job is in a queue of its own, carries a byte, and is read whole before it is completed, so that no store is left
// with a row that it cannot read back. It takes five round trips. What was left behind is removed on a new connection or
// reported to Dialer.Leftover, as CheckRelease does, and this one is closed then.
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
		return fmt.Errorf("%s: a job that was completed is still there", k.c.Server())
	}
	return k.drop(ctx, k.c)
}
