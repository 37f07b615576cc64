package wire

import (
	"context"
	"math"
)

// JobTotals sums up the answer to show jobs.
type JobTotals struct {
	Jobs       int64 // waiting or running, of all functions
	Ignored    int64 // of them, cancelled or abandoned
	MaxRetries int64 // the most releases of any job
}

// JobTotals reads show jobs without keeping it. gearmand has the command since 1.1.6 and does nothing else before it answers,
// for about 70 ms per 100,000 jobs and 1.3 s per million; the Dialer's Timeout must be longer than that. A line that cannot
// be read is an error.
func (c *Conn) JobTotals(ctx context.Context) (JobTotals, error) {
	var t JobTotals
	err := c.scanJobs(ctx, func(_ []byte, j JobEntry) error {
		t.count(j)
		return nil
	})
	return t, err
}

func (t *JobTotals) count(j JobEntry) {
	t.Jobs++
	t.MaxRetries = max(t.MaxRetries, j.Retries)
	if j.Ignored {
		t.Ignored++
	}
}

// Releases returns how often a job must survive its release, if none is to be lost that is released as often again as any was
// so far, and extra times more.
func (t JobTotals) Releases(extra int) int { return int(min(t.MaxRetries, math.MaxInt32)) + extra }

// scanJobs calls f for every line of show jobs. handle is valid until f returns; j.Handle is not set.
func (c *Conn) scanJobs(ctx context.Context, f func(handle []byte, j JobEntry) error) error {
	return c.admin(ctx, "show jobs", toDot, func(line []byte) error {
		handle, j, err := parseJob(line)
		if err != nil {
			return &FrameError{Reason: "show jobs: a line is " + err.Error()}
		}
		return f(handle, j)
	})
}
