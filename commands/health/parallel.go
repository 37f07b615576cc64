package health

import (
	"context"
	"sync"
	"time"
)

// runBounded calls f for 0 to n-1, limit at a time, and returns when all have ended. ctx must have a deadline. A call that
// takes long frees its slot and continues, as long as there are fewer than 2*limit such calls; else its ctx ends with
// errTimeLimit. So all calls have started after about half of the time, however many hang.
func runBounded(ctx context.Context, n, limit int, f func(ctx context.Context, i int)) {
	end, _ := ctx.Deadline()
	quick, slow := make(chan struct{}, limit), make(chan struct{}, 2*limit)
	var wg sync.WaitGroup
	for i := range n {
		quick <- struct{}{}
		rounds := (n - i + limit - 1) / limit // until all have started
		ctx, cancel := context.WithCancelCause(ctx)
		moved := make(chan chan struct{}, 1) // the slot to free once it takes long
		long := time.AfterFunc(time.Until(end)/time.Duration(2*rounds), func() {
			select {
			case slow <- struct{}{}:
				<-quick
				moved <- slow
			default:
				cancel(errTimeLimit)
				moved <- quick
			}
		})
		wg.Go(func() {
			defer cancel(nil)
			if f(ctx, i); long.Stop() {
				<-quick
			} else {
				<-<-moved
			}
		})
	}
	wg.Wait()
}
