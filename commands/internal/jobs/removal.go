package jobs

import (
	"bytes"
	"context"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// Removal remembers the jobs of one queue that are acknowledged, to find out whether the server has removed them: a gearmand
// whose store has failed confirms acknowledgements and keeps the jobs.
type Removal struct {
	all wire.HandleSet
	few [][]byte // the handles of the first
	n   int64
}

// maxFew is how many jobs are looked up one by one, which takes gearmand as long as one show jobs.
const maxFew = 1000

// Add adds the job with a handle, which is copied. Of a server whose handles have no numbers, only the first 1,000 are checked.
func (r *Removal) Add(handle []byte) {
	r.n++
	if len(r.few) < maxFew {
		r.few = append(r.few, bytes.Clone(handle))
	}
	r.all.Add(handle)
}

// Len returns the number of jobs.
func (r *Removal) Len() int64 { return r.n }

// CountKept returns how many jobs of each Removal the server still has.
func CountKept(ctx context.Context, c *wire.Conn, removals ...*Removal) ([]int64, error) {
	var sets []*wire.HandleSet
	var jobs int
	for _, r := range removals {
		sets = append(sets, &r.all)
		jobs += len(r.few)
	}
	if jobs >= maxFew {
		return c.CountListed(ctx, sets...)
	}
	kept := make([]int64, len(removals))
	for i, r := range removals {
		n, err := c.CountKnown(ctx, r.few)
		if err != nil {
			return nil, err
		}
		kept[i] = int64(n)
	}
	return kept, nil
}

// KeptError says that a server still has jobs that were acknowledged.
func KeptError(operation, server string, n int64) error {
	return cmderr.WithHint(cmderr.Errorf("%s: %s still has %s", operation, server, output.Plural(n, "job that was acknowledged", "jobs that were acknowledged")),
		"the server's store (gearmand --queue-type) may have failed: %s", cmderr.Try("doctor").On(server))
}

// NotConfirmed says that a server cannot tell whether it removed the jobs.
func NotConfirmed(operation, server string) error {
	return cmderr.SomeFailed([]error{cmderr.Errorf("%s: it is not confirmed that %s removed the jobs: others remain, and it has no show jobs", operation, server)}, true)
}
