package probe_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/probe"
)

func TestParallelCallsAllAndNoMoreThanTheLimitAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		called := make([]int, 10)
		begun := time.Now()
		probe.Parallel(len(called), 4, func(i int) {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second) // of the bubble's clock
			running.Add(-1)
			called[i]++
		})
		for i, n := range called {
			if n != 1 {
				t.Errorf("%d was called %d times", i, n)
			}
		}
		if most.Load() > 4 {
			t.Errorf("%d ran at a time", most.Load())
		}
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("10 calls of a second, 4 at a time, took %v", took)
		}
	})
}
