package commands

import "testing"

func TestASmallHeapGrowsWithoutCollectionsAndALargeOneGrowsLittle(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for _, c := range []struct {
		i    int
		live int64
		want int
	}{
		{1, 2 * mib, 400}, // Go's smallest heap of 4 MiB, grown by as much: 16 MiB
		{9, 2 * mib, 400},
		{9, 8 * mib, 100}, // to 16 MiB
		{9, 15 * mib, 60},
		{9, 100 * mib, 60},
		{1, 100 * mib, 150},
		{9, 0, 400},
	} {
		if got := gcPercent(c.i, c.live); got != c.want {
			t.Errorf("%d bytes after collection %d may grow by %d %%, want %d", c.live, c.i, got, c.want)
		}
	}
}
