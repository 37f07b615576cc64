package commands

import (
	"context"

	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// jobPriorities tells the priorities of a queue's jobs in the order in which they are handed out, which is by priority.
// A nil one knows none.
type jobPriorities struct {
	high, normal, low int64  // jobs that stood there when we began
	mark              uint64 // the number of a handle younger than all of those
	seen              int64  // of them
}

// countsRight is the first gearmand whose prioritystatus does.
const countsRight = "1.1.20"

// readPriorities asks how many jobs of each priority wait in a queue. It is nil where the jobs could not be told apart
// by their order: jobs are cancelled, which are counted and not handed out, others work on the queue, or the server
// counts wrong.
func readPriorities(ctx context.Context, c *wire.Conn, q statusRow, totals wire.JobTotals) (*jobPriorities, error) {
	if q.Waiting == 0 || q.Running > 0 || q.Workers > 0 || totals.Ignored > 0 {
		return nil, nil
	}
	switch r, err := releaseOf(ctx, c); {
	case err != nil:
		return nil, err
	case r.number == [3]int{} || r.before(countsRight):
		return nil, nil
	}
	mark, err := c.HandleMark(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.PriorityStatus(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range list.Rows {
		if p.Function == q.Queue && p.Workers == 0 {
			return &jobPriorities{high: p.High, normal: p.Normal, low: p.Low, mark: mark}, nil
		}
	}
	return nil, nil
}

// next returns the priority of the next job, or empty: of a job that came after we had asked nobody knows it.
func (p *jobPriorities) next(handle []byte) string {
	if p == nil {
		return ""
	}
	if n, ok := wire.HandleNumber(handle); !ok || n > p.mark {
		return ""
	}
	p.seen++
	switch {
	case p.seen <= p.high:
		return wire.PriorityHigh.String()
	case p.seen <= p.high+p.normal:
		return wire.PriorityNormal.String()
	case p.seen <= p.high+p.normal+p.low:
		return wire.PriorityLow.String()
	}
	return ""
}

// missing returns how many jobs were counted and not handed out: other workers took them, or they are for later.
func (p *jobPriorities) missing() int64 {
	if p == nil {
		return 0
	}
	return p.high + p.normal + p.low - p.seen
}

// priorityOfKind returns the priority that the module gives a job, as far as it can be decoded, or empty.
func priorityOfKind(data []byte, keys []modgearman.Key) string {
	p, err := modgearman.Decode(data, keys...)
	if err != nil || p.Kind == modgearman.KindUnknown {
		return ""
	}
	return p.Kind.Priority(false).String()
}

// notePriorities tells what is not known of n jobs.
func (e *Env) notePriorities(queue, server string, unknown, missing int64) {
	if unknown > 0 {
		e.note("%s on %s: the priority of %s is not known: normal when replayed", queue, server, output.Plural(unknown, "job", "jobs"))
	}
	if missing > 0 {
		e.note("%s on %s: %s fewer than were counted: the priorities of the others may be wrong", queue, server, output.Plural(missing, "job", "jobs"))
	}
}
