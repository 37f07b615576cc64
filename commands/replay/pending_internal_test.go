package replay

import (
	"testing"
	"time"

	"gearctl/wire/archive"
)

// TestAJobOfAPendingArchiveThatComesAgain: a drain that was killed after it had completed an archive left its jobs on the
// server, where they keep their handles. An equal job with another handle is another.
func TestAJobOfAPendingArchiveThatComesAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		complete, pending bool
		handle            string
		want              bool
	}{
		{false, true, "H:vm:1", true},
		{false, true, "H:vm:2", false},
		{true, false, "H:vm:1", false},
		{false, false, "H:vm:2", true},
	} {
		d := newDuplicates()
		d.complete, d.pending, d.last = []bool{c.complete, true}, []bool{c.pending, false}, 1
		first := &archive.Record{Server: "gm1:4730", Queue: "q", Handle: "H:vm:1", Unique: "u", DrainedAt: time.Unix(1, 0), Data: []byte("x")}
		next := *first
		next.Handle, next.DrainedAt = c.handle, time.Unix(2, 0)
		if d.again(first, 0) {
			t.Error("the first is a duplicate")
		}
		if got := d.again(&next, 1); got != c.want {
			t.Errorf("archive complete %v, pending %v, and then %s: a duplicate: %v", c.complete, c.pending, c.handle, got)
		}
	}
}
