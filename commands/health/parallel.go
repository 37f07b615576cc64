package health

import (
	"context"
	"sync"
	"time"
)

// runBounded calls f for 0 to n-1, so many at the same time, and returns when all have ended. ctx must end. One that takes
// long makes room for the next and goes on, as long as there are not twice as many such; else its own ctx ends, with
// errTimeLimit. So all have begun when about half of the time is over, however many hang.
func runBounded(ctx context.Context, n, atATime int, f func(ctx context.Context, i int)) {
	end, _ := ctx.Deadline()
	quick, slow := make(chan struct{}, atATime), make(chan struct{}, 2*atATime)
	var wg sync.WaitGroup
	for i := range n {
		quick <- struct{}{}
		rounds := (n - i + atATime - 1) / atATime // until all have begun
		ctx, cancel := context.WithCancelCause(ctx)
		moved := make(chan chan struct{}, 1) // where it takes a place once it takes long
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
