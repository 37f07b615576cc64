package probe

import (
	"context"
	"errors"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// What abandon found out.
const (
	reasonNotTaken = "no answer in time: no worker took the job, they are busy or hang"
	reasonOrphaned = "no answer in time: the server holds an orphaned job with this unique key, left by dropping a queue that had jobs; use another key, or restart the server"
)

// abandon removes the job from the server when it still waits and nobody else waits for it, on a connection of its own. It
// returns why there was no answer.
func (p *Request) abandon(ctx context.Context, d *wire.Dialer, server, handle string) string {
	ctx, cancel := context.WithTimeout(ctx, CancelTime)
	defer cancel()
	why, _ := wire.WithConn(ctx, d, server, func(ctx context.Context, c *wire.Conn) (string, error) {
		state, err := c.JobStatus(ctx, handle)
		switch {
		case err != nil || !state.Known:
			return "", err
		case state.Running:
			return "no answer in time: a worker took the job and is still working on it", nil
		}
		if p.Unique != "" { // else it is ours alone
			if shared, err := c.JobStatusUnique(ctx, p.Unique); err != nil || shared.Clients > 1 {
				return reasonNotTaken, nil
			}
		}
		alone, err := Cancel(ctx, c, p.Queue, handle)
		if state, lost := c.JobStatus(ctx, handle); alone && err == nil && lost == nil && state.Known && !state.Running {
			return reasonOrphaned, nil
		}
		return reasonNotTaken, nil
	})
	if why == "" {
		return "no answer in time"
	}
	return why
}

// Cancel removes a job of our own that waits: for a moment we are a worker of its queue, ask for one job, and are handed
// ours. Where the server could hand out another one, since others wait beside it, alone is false and the job is cancelled,
// which the server counts until a worker asks for a job; it is swept when nothing but such jobs seems to wait there. So
// the last of several who give up at the same time leaves nothing behind.
func Cancel(ctx context.Context, c *wire.Conn, queue, handle string) (alone bool, err error) {
	alone, err = isAlone(ctx, c, queue)
	switch {
	case err != nil:
		return false, err
	case !alone:
		if err = c.CancelJob(ctx, handle); err == nil {
			err = sweepIfAllCancelled(ctx, c, queue)
		}
		return false, err
	}
	_, err = c.Take(ctx, &wire.Take{Function: queue, Window: 1, Max: 1, Job: func(j wire.Job) error {
		if string(j.Handle) != handle {
			return errOtherJob
		}
		return nil
	}})
	return true, err
}

// sweepIfAllCancelled does what queue gc does: a live job that it meets is handed back, after proof that the server keeps it.
// A server that has many jobs is spared: it would stand still while it tells them all.
func sweepIfAllCancelled(ctx context.Context, c *wire.Conn, queue string) error {
	s, err := servers.AskQueues(ctx, c)
	q := s.Queue(queue)
	if err != nil || q == nil || servers.TotalJobs(s.Queues.Rows) > servers.MaxListedJobs {
		return err
	}
	t, err := c.JobTotals(ctx)
	if err != nil || q.Waiting() > t.Ignored {
		return err
	}
	_, err = SweepCancelled(ctx, c, queue)
	return err
}

// errOtherJob hands a job back.
var errOtherJob = errors.New("not our job")

// isAlone reports whether no job waits in a queue beside one that we know of.
func isAlone(ctx context.Context, c *wire.Conn, queue string) (bool, error) {
	q, err := servers.AskQueue(ctx, c, queue)
	return err == nil && q.Waiting() <= 1, err
}
