package jobs

import (
	"context"
	"errors"
	"slices"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// restoreReleases is how often a job is released to keep the order of a queue that was held.
const restoreReleases = 2

// ErrOthersWork means that the priorities of a queue's jobs cannot be found out because others take its jobs.
var ErrOthersWork = errors.New("others work on the queue, so that the priority of its jobs cannot be found out")

// HoldFirst finds out the priorities of the jobs of a queue whose order alone does not show them: while jobs for later wait,
// gearmand from 2.0.0 hands out low jobs before all that it counts as normal. The whole queue is held and put back in its
// order. Of the jobs held the first are high and the last are low, as many as were counted; all others are normal. It does
// nothing if the order shows the priorities, or if they are not known. c is released from the queue when it returns.
func (s *Source) HoldFirst(ctx context.Context, c *wire.Conn, clientID, queue string, expect int64) error {
	p := s.priorities[queue]
	if !p.needsHold() {
		return nil
	}
	s.Conn() // the check has ended: c may be its connection
	var held []uint64
	n, err := c.Take(ctx, &wire.Take{
		Function: queue, ClientID: clientID, Expect: expect, Restore: true,
		Job: func(j wire.Job) error {
			if n, ok := wire.HandleNumber(j.Handle); ok && n <= p.highWater {
				held = append(held, n)
			}
			return nil
		},
		Acknowledge: func(int64) bool { return false },
	})
	if err := errors.Join(err, MissingJobs(queue, c.Server(), n)); err != nil {
		return err
	}
	after, err := servers.AskQueue(ctx, c, queue)
	switch {
	case err != nil:
		return err
	case after.Workers > 0, after.Running > 0, int64(len(held)) < p.high+p.low:
		return ErrOthersWork
	}
	p.assign(held)
	return nil
}

// needsHold reports whether the order of the jobs does not show the priority of all.
func (p *queuePriorities) needsHold() bool { return p != nil && p.gaps && p.normal > 0 && p.low > 0 }

// assign records the priorities of jobs by their numbers, from all that were held, in their order.
func (p *queuePriorities) assign(held []uint64) {
	high, low := held[:p.high], held[int64(len(held))-p.low:]
	slices.Sort(high)
	slices.Sort(low)
	p.held = &heldNumbers{high, low}
}

// heldNumbers are the numbers of the high and the low jobs, sorted. All others that were counted are normal.
type heldNumbers struct{ high, low []uint64 }

func (h *heldNumbers) priority(number uint64) wire.Priority {
	if _, ok := slices.BinarySearch(h.high, number); ok {
		return wire.PriorityHigh
	}
	if _, ok := slices.BinarySearch(h.low, number); ok {
		return wire.PriorityLow
	}
	return wire.PriorityNormal
}
