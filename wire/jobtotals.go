package wire

import "context"

// JobTotals is what show jobs says of all jobs of a server together.
type JobTotals struct {
	Jobs       int64 // waiting or running, of all functions
	Ignored    int64 // of them, cancelled or abandoned
	MaxRetries int64 // how often the one that was handed back most often was
}

// JobTotals reads show jobs without keeping it. gearmand has the command since 1.1.6; it stands still meanwhile, about
// 70 ms per 100,000 jobs, for which it gets ten times the Dialer's Timeout. A line that cannot be read is an error.
func (c *Conn) JobTotals(ctx context.Context) (JobTotals, error) {
	var t JobTotals
	err := c.eachJob(ctx, t.count)
	return t, err
}

func (t *JobTotals) count(j JobEntry) {
	t.Jobs++
	t.MaxRetries = max(t.MaxRetries, j.Retries)
	if j.Ignored {
		t.Ignored++
	}
}

// eachJob calls f for every line of show jobs.
func (c *Conn) eachJob(ctx context.Context, f func(JobEntry)) error {
	return c.adminPatient(ctx, "show jobs", toDot, answerTimeouts*c.nc.stepNow(), func(line []byte) error {
		j, err := ParseJobLine(line)
		if err != nil {
			return &FrameError{Reason: "show jobs: a line is " + err.Error()}
		}
		f(j)
		return nil
	})
}
