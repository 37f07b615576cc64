package health

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestInShares: some hang until their time is over, the others are quick.
func TestInShares(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n, atATime, hang int
		cut              int // how many of those that hang have less than the whole time
	}{
		{200, 50, 20, 0}, {10, 50, 10, 0}, {200, 32, 200, 136}, {40, 8, 24, 8}, {1, 1, 1, 0}, {0, 8, 0, 0}, {1000, 1, 3, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
			defer cancel()
			begun := time.Now()
			var called, cut, late, at, most atomic.Int64
			runBounded(ctx, tt.n, tt.atATime, func(own context.Context, i int) {
				called.Add(1)
				most.Store(max(most.Load(), at.Add(1)))
				defer at.Add(-1)
				if time.Since(begun) > 6*time.Second {
					late.Add(1)
				}
				if i >= tt.hang {
					return
				}
				if <-own.Done(); ctx.Err() == nil {
					cut.Add(1)
				}
			})
			if called.Load() != int64(tt.n) || late.Load() > 0 || cut.Load() != int64(tt.cut) || most.Load() > int64(3*tt.atATime) {
				t.Errorf("%+v: %d called, %d of them late, %d cut, %d at the same time", tt, called.Load(), late.Load(), cut.Load(), most.Load())
			}
		})
	}
}
