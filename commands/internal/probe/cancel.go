package probe

import (
	"context"
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// Why there was no reply.
const (
	reasonNotTaken = "no answer in time: no worker took the job, they are busy or hang"
	reasonOrphaned = "no answer in time: the server holds an orphaned job with this unique key, left by dropping a queue that had jobs; use another key, or restart the server"
)

// abandon removes the job, on a connection of its own, if it still waits and nobody else waits for it. It returns why there
// was no reply.
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

// Cancel removes a waiting job that we submitted: it registers as a worker of the queue and takes the job. If other jobs
// wait in the queue, the server might hand out one of those: then alone is false and the job is only cancelled, which the
// server counts as waiting until a worker asks for a job. If nothing but cancelled jobs seems to wait, they are swept, so
// the last of several that give up at the same time leaves nothing behind.
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

// sweepIfAllCancelled sweeps a queue in which only cancelled jobs seem to wait. It leaves a server with many jobs alone,
// which would block while it lists them.
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

// SweepCancelled removes the cancelled jobs of a queue, as queue gc does. live reports whether it met a live job, which it
// releases. It fails without touching the queue if the server does not keep released jobs.
func SweepCancelled(ctx context.Context, c *wire.Conn, queue string) (live bool, err error) {
	totals, err := c.JobTotals(ctx)
	if err != nil {
		return false, servers.ExplainUnsupported(ctx, c, err, "show jobs", "1.1.6")
	}
	if err := c.CheckRelease(ctx, totals.Releases(servers.ExtraReleases)); err != nil {
		return false, cmderr.Errorf("sweep queue %s on %s: %w", queue, c.Server(), err)
	}
	return c.Sweep(ctx, queue)
}

// errOtherJob releases a job.
var errOtherJob = errors.New("not our job")

// isAlone reports whether at most one job, ours, waits in a queue.
func isAlone(ctx context.Context, c *wire.Conn, queue string) (bool, error) {
	q, err := servers.AskQueue(ctx, c, queue)
	return err == nil && q.Waiting() <= 1, err
}
