package wire

import "context"

// JobSnapshot is JobTotals and the set of the jobs' handle numbers.
type JobSnapshot struct {
	JobTotals
	numbered int64                      // jobs whose handles have a number
	pages    map[uint32]*[1 << 8]uint64 // a bit for each number, by its upper bits
}

const (
	pageBits = 14      // of a number that choose the bit of a page
	maxPages = 1 << 13 // 16 MiB: 134 million handles in a row
)

// JobSnapshot reads show jobs as JobTotals does, with the same limits. It keeps up to 16 MiB; handles that are spread over too
// many numbers for that are a *LimitError.
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

// OrphanedJobs returns how many jobs belong to no function: gearmand keeps the jobs of a function that was dropped while it
// had some until it is restarted. counted is the sum of FunctionStatus.Total over a whole Status that was read on c after
// the snapshot.
//
// If the snapshot has more jobs than counted, it reads show jobs again: a job in both was there all the time, and no more
// than counted of these can belong to a function. So the result is never too high, whatever jobs come and go; it is too low
// if a busy server has more new jobs than orphans.
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
