package servers

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gearctl/wire"
)

// TestSortQueuesIsCompareQueues sorts names that begin alike, that end early, and that hold bytes of every kind.
func TestSortQueuesIsCompareQueues(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		prefix := strings.Repeat("hostgroup_", random.IntN(3))
		queues := make([]Queue, random.IntN(40))
		for i := range queues {
			name := make([]byte, random.IntN(12))
			for j := range name {
				name[j] = []byte{0, 'a', 'b', 0xff}[random.IntN(4)]
			}
			queues[i] = Queue{[]string{"gm1:4730", "gm2:4730"}[random.IntN(2)], wire.FunctionStatus{Function: prefix + string(name)}}
		}
		want := slices.Clone(queues)
		slices.SortFunc(want, func(a, b Queue) int {
			return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Function, b.Function))
		})
		for i, q := range SortQueues(queues) {
			if *q != want[i] {
				t.Fatalf("seed %d: queue %d is %q on %s, want %q on %s", seed, i, q.Function, q.Server, want[i].Function, want[i].Server)
			}
		}
	}
}
