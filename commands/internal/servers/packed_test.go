package servers

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

// TestPackedQueuesAreReadBack: names of any bytes and length, and all counts, in the order in which they came.
func TestPackedQueuesAreReadBack(t *testing.T) {
	t.Parallel()
	var p PackedQueues
	var want []Queue
	for _, server := range []string{"gm1:4730", "gm2:4730", "gm1:4730"} {
		for _, name := range []string{"", "q", "a b\x00\n\t", strings.Repeat("n", 3*largePacked), "last"} {
			for _, n := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64} {
				q := Queue{server, wire.FunctionStatus{Function: name, Total: n, Running: -n, Workers: n / 2}}
				want = append(want, q)
				p.Add(q)
			}
		}
	}
	got := slices.Collect(p.All())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff[:min(len(diff), 500)])
	}
	if p.Rows != int64(len(want)) {
		t.Errorf("%d rows, want %d", p.Rows, len(want))
	}
}
