package commands

import (
	"context"
	"sync"
	"sync/atomic"
)

// waitForChecks sends checks, waits for the result of each and prints it. The error is the worst of their states.
func waitForChecks(ctx context.Context, env *Env, o *checkOptions, m *checkMaker) error {
	p, err := newCheckPrinter(env, o)
	if err != nil {
		return err
	}
	d, servers, err := env.network()
	if err != nil {
		return err
	}
	client := env.client(d)
	var wg sync.WaitGroup
	var begun atomic.Int64
	for range min(int64(o.parallel), o.count) {
		c := newChecker(client, servers, o.wait, m.clone())
		c.watched = o.count == 1
		wg.Go(func() {
			defer c.close()
			for good := true; good && ctx.Err() == nil && begun.Add(1) <= o.count; {
				good = p.print(c.run(ctx))
			}
		})
	}
	wg.Wait()
	return p.close()
}
