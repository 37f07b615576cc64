package wire

import "context"

// JobSnapshot is JobTotals that remembers which jobs there were, in a bit each where the numbers of their handles are dense.
type JobSnapshot struct {
	JobTotals
	numbered int64                      // jobs whose handles have a number
	pages    map[uint32]*[1 << 8]uint64 // a bit for each number, by its upper bits
}

const (
	pageBits = 14      // of a number that choose the bit of a page
	maxPages = 1 << 13 // 16 MiB: 134 million handles in a row
)

// JobSnapshot reads show jobs as JobTotals does. Handles that are spread over more numbers than it can keep are a LimitError.
func (c *Conn) JobSnapshot(ctx context.Context) (*JobSnapshot, error) {
	s := &JobSnapshot{pages: map[uint32]*[1 << 8]uint64{}}
	err := c.scanJobs(ctx, func(handle []byte, j JobEntry) error {
		s.count(j)
		if n, ok := HandleNumber(handle); ok {
			return s.remember(uint32(n))
		}
		return nil
	})
	return s, err
}

func (s *JobSnapshot) remember(n uint32) error {
	page := s.pages[n>>pageBits]
	if page == nil {
		if len(s.pages) == maxPages {
			return &LimitError{LimitKept, maxPages << (pageBits - 3)}
		}
		page = new([1 << 8]uint64)
		s.pages[n>>pageBits] = page
	}
	s.numbered++
	page[n>>6&0xff] |= 1 << (n & 63)
	return nil
}

func (s *JobSnapshot) has(n uint32) bool {
	page := s.pages[n>>pageBits]
	return page != nil && page[n>>6&0xff]>>(n&63)&1 == 1
}

// OrphanedJobs returns how many jobs there are that no function counts: those of a function that was dropped while it had
// jobs, which haunt gearmand until it is restarted. counted is the sum of the totals of a Status that was read on c
// after the census, all of it.
//
// Jobs that come and go meanwhile do not mislead it: when the census has more than were counted it reads show jobs
// again, and what is in both was there all the time. Of these no more than counted can belong to a function. So it never
// returns too many; it returns too few when a busy server has more new jobs than there are ghosts.
func (c *Conn) OrphanedJobs(ctx context.Context, before *JobSnapshot, counted int64) (int64, error) {
	if before.numbered <= counted {
		return 0, nil
	}
	var stayed int64
	err := c.scanJobs(ctx, func(handle []byte, _ JobEntry) error {
		if n, ok := HandleNumber(handle); ok && before.has(uint32(n)) {
			stayed++
		}
		return nil
	})
	return max(stayed-counted, 0), err
}
