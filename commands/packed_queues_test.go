package commands

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

// TestPackedQueuesAreReadBack: names of any bytes and length, and all counts, in the order in which they came.
func TestPackedQueuesAreReadBack(t *testing.T) {
	var p packedQueues
	var want []keptQueue
	for _, server := range []string{"gm1:4730", "gm2:4730", "gm1:4730"} {
		for _, name := range []string{"", "q", "a b\x00\n\t", strings.Repeat("n", 3*largePacked), "last"} {
			for _, n := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64} {
				q := wire.FunctionStatus{Function: name, Total: n, Running: -n, Workers: n / 2}
				want = append(want, keptQueue{server, q})
				p.add(server, q)
			}
		}
	}
	var got []keptQueue
	for server, q := range p.all() {
		got = append(got, keptQueue{server, q})
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(keptQueue{})); diff != "" {
		t.Error(diff[:min(len(diff), 500)])
	}
	if p.rows != int64(len(want)) {
		t.Errorf("%d rows, want %d", p.rows, len(want))
	}
}
