package proxy

import (
	"context"
	"errors"
	"slices"
	"time"

	"gearctl/wire"
)

// asyncRoute forwards the jobs of a route through the spool.
type asyncRoute struct {
	p *proxy
	c *routeStats
}

// run forwards jobs until ctx ends, then for up to drainGrace what is still in the spool.
func (a *asyncRoute) run(ctx context.Context) error {
	tctx, stopTaking := context.WithCancelCause(ctx)
	defer stopTaking(nil)
	fctx, stopSending := context.WithCancel(wire.Outlast(ctx))
	defer stopSending()
	var forwarded error
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		forwarded = (&forwarder{p: a.p, c: a.c}).run(fctx)
		stopTaking(forwarded)
	}()
	err := (&fetcher{p: a.p, c: a.c, unique: wire.NewUniqueSource()}).run(tctx)
	if err == nil && forwarded == nil {
		a.drainSpool(sending)
	}
	stopSending()
	<-sending
	return errors.Join(err, forwarded)
}

// drainSpool waits up to drainGrace until the spool is empty, unless the target is down.
func (a *asyncRoute) drainSpool(sending chan struct{}) {
	deadline := time.After(drainGrace)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		n, _ := a.c.queue.Waiting()
		if n == 0 || slices.Contains(a.p.supervisor.Outages(), a.c.route.to.Server) {
			return
		}
		select {
		case <-sending:
			return
		case <-deadline:
			return
		case <-tick.C:
		}
	}
}
