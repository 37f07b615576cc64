package wire

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// canary submits jobs to a queue of its own, which it removes when they are done. The server's answers show whether it
// keeps released jobs, which handles are new, and whether its store works.
//
// The jobs are foreground jobs, which no store keeps: gearmand's SQLite store cannot read back an empty workload, and
// such a job, left in the store when this process or gearmand dies, would keep gearmand from starting. They are empty:
// gearmand sends a workload from the job's own memory, which an early release would free during the send. A job that has to
// reach the store is made by stored, carries a byte, and must be read completely before it is released or completed.
//
// When the connection breaks, the server abandons foreground jobs: it counts them as waiting until a worker asks for a
// job. rescue does that on a new connection.
type canary struct {
	c        *Conn
	function string
	keys     *UniqueSource
}

// newCanary returns a canary for a connection that may serve its queue. Canaries of one connection share a queue.
func newCanary(c *Conn) *canary {
	keys := NewUniqueSource()
	if c.canary == "" {
		c.canary = c.dialer.program() + "_canary_" + keys.Next()
		c.declared = c.canary
	}
	return &canary{c: c, function: c.canary, keys: keys}
}

// job returns a new foreground job.
func (k *canary) job() *Submission { return &Submission{Function: k.function, Unique: k.keys.Next()} }

// stored returns a new background job, which the server's store keeps.
func (k *canary) stored() *Submission {
	return &Submission{Function: k.function, Unique: k.keys.Next(), Workload: []byte("?"), Background: true}
}

// register makes this connection a worker of the queue, before the first job, so that nobody sees the queue without one.
func (k *canary) register() { k.c.Send(CanDo, []byte(k.function)) }

// remove takes the given number of jobs and drops the queue, on the connection c.
func (k *canary) remove(ctx context.Context, c *Conn, jobs int64) error {
	_, err := c.Take(ctx, &Take{Function: k.function, Answer: AnswerComplete, Expect: jobs, own: true, Job: func(Job) error { return nil }})
	if err != nil {
		return err
	}
	return k.drop(ctx, c)
}

// drop removes the queue, which has no job. A server without the command forgets unused queues by itself, and a refusal is
// no failure: an empty queue does no harm.
func (k *canary) drop(ctx context.Context, c *Conn) error {
	var refused *ServerError
	if err := c.DropFunction(ctx, k.function); !errors.As(err, &refused) {
		return err
	}
	return nil
}

// How long rescue tries, and its first pause between two attempts.
const (
	rescueTimeout = time.Second
	rescuePause   = 2 * time.Millisecond
)

// rescue closes the connection, and removes the jobs and the queue by a new one. It tries for rescueTimeout, even if ctx has
// ended, because the server must first notice that the old connection is closed. A queue that it cannot remove is reported
// to Dialer.Leftover, unless the server is gone, and the jobs with it.
func (k *canary) rescue(ctx context.Context) {
	k.c.Close()
	ctx, cancel := context.WithTimeout(Outlast(ctx), rescueTimeout)
	defer cancel()
	c, err := k.c.dialer.dialNew(ctx, k.c.server)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return
	}
	if err == nil {
		defer c.Close()
		defer context.AfterFunc(ctx, func() { c.Close() })() // Take would finish the jobs in hand
		err = k.removeAbandoned(ctx, c)
	}
	if err != nil {
		k.reportLeftover()
	}
}

// removeAbandoned grabs until the queue has neither a job nor a worker, so that the server frees the jobs, and drops the queue.
func (k *canary) removeAbandoned(ctx context.Context, c *Conn) error {
	for nap := rescuePause; ; nap *= 2 {
		if _, err := c.Take(ctx, &Take{Function: k.function, Job: func(Job) error { return nil }}); err != nil {
			return err
		}
		known, empty, err := k.queueState(ctx, c)
		switch {
		case err != nil || !known:
			return err
		case empty:
			return k.drop(ctx, c)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(nap):
		}
	}
}

// queueState reports whether a server knows the queue, and whether the queue has neither a job nor a worker.
func (k *canary) queueState(ctx context.Context, c *Conn) (known, empty bool, err error) {
	list, err := c.Status(ctx)
	for _, q := range list.Rows {
		if q.Function == k.function {
			return true, q.Total == 0 && q.Workers == 0, err
		}
	}
	return false, false, err
}

// reportLeftover tells Dialer.Leftover that the queue could not be removed.
func (k *canary) reportLeftover() {
	if left := k.c.dialer.Leftover; left != nil {
		left(k.c.server, k.function)
	}
}
