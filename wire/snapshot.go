package wire

import "context"

// JobSnapshot is JobTotals and the set of the jobs.
type JobSnapshot struct {
	JobTotals
	handles HandleSet
}

// JobSnapshot reads show jobs as JobTotals does, with the same limits. Handles that are spread over too many numbers for a
// HandleSet are a *LimitError.
func (c *Conn) JobSnapshot(ctx context.Context) (*JobSnapshot, error) {
	s := new(JobSnapshot)
	err := c.scanJobs(ctx, func(handle []byte, j JobEntry) error {
		s.count(j)
		if _, ok := HandleNumber(handle); ok && !s.handles.Add(handle) {
			return &LimitError{LimitKept, maxPages << (pageBits - 3)}
		}
		return nil
	})
	return s, err
}

// OrphanedJobs returns how many jobs belong to no function: gearmand keeps the jobs of a function that was dropped while it
// had some until it is restarted. counted is the sum of FunctionStatus.Total over a whole Status that was read on c after
// the snapshot.
//
// If the snapshot has more jobs than counted, it reads show jobs again: a job in both was there all the time, and no more
// than counted of these can belong to a function. So the result is never too high, whatever jobs come and go; it is too low
// if a busy server has more new jobs than orphans.
func (c *Conn) OrphanedJobs(ctx context.Context, before *JobSnapshot, counted int64) (int64, error) {
	if before.handles.Len() <= counted {
		return 0, nil
	}
	var stayed int64
	err := c.scanJobs(ctx, func(handle []byte, _ JobEntry) error {
		if before.handles.Has(handle) {
			stayed++
		}
		return nil
	})
	return max(stayed-counted, 0), err
}
