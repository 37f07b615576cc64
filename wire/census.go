package wire

import (
	"context"
	"slices"
)

// Census is JobTotals that remembers which jobs there were, in four bytes each.
type Census struct {
	JobTotals
	numbers []uint32 // of their handles, sorted; handles without a number are left out
}

// Census reads show jobs as JobTotals does.
func (c *Conn) Census(ctx context.Context) (*Census, error) {
	s := new(Census)
	err := c.eachJob(ctx, func(j JobEntry) {
		s.count(j)
		if n, ok := HandleNumber([]byte(j.Handle)); ok {
			s.numbers = append(s.numbers, uint32(n))
		}
	})
	slices.Sort(s.numbers)
	return s, err
}

// Uncounted returns how many jobs there are that no function counts: those of a function that was dropped while it had
// jobs, which haunt gearmand until it is restarted. counted is the sum of the totals of a Status that was read on c
// after the census, all of it.
//
// Jobs that come and go meanwhile do not mislead it: when the census has more than were counted it reads show jobs
// again, and what is in both was there all the time. Of these no more than counted can belong to a function. So it never
// returns too many; it returns too few when a busy server has more new jobs than there are ghosts.
func (c *Conn) Uncounted(ctx context.Context, before *Census, counted int64) (int64, error) {
	if int64(len(before.numbers)) <= counted {
		return 0, nil
	}
	var stayed int64
	err := c.eachJob(ctx, func(j JobEntry) {
		n, ok := HandleNumber([]byte(j.Handle))
		if _, known := slices.BinarySearch(before.numbers, uint32(n)); ok && known {
			stayed++
		}
	})
	return max(stayed-counted, 0), err
}
