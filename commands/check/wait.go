package check

import (
	"context"
	"sync"
	"sync/atomic"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/roundtrip"
)

// sendAndWait sends checks, waits for the result of each and prints it. The error is the worst of their states.
func sendAndWait(ctx context.Context, env *cli.Env, o *sendOptions, m *roundtrip.Template) error {
	p, err := newPrinter(env, o)
	if err != nil {
		return err
	}
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	client := env.Client(d)
	var wg sync.WaitGroup
	var begun atomic.Int64
	for range min(int64(o.parallel), o.count) {
		c := roundtrip.NewChecker(client, servers, o.wait, *m)
		c.LogProgress = o.count == 1
		wg.Go(func() {
			defer c.Close()
			for good := true; good && ctx.Err() == nil && begun.Add(1) <= o.count; {
				good = p.print(c.Run(ctx))
			}
		})
	}
	wg.Wait()
	return p.close()
}
