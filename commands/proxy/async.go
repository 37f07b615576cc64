package proxy

import (
	"context"
	"errors"
	"slices"
	"time"

	"gearctl/wire"
)

// asyncRoute is a route whose jobs go through the spool.
type asyncRoute struct {
	p *proxy
	c *routeCounts
}

// run works until ctx ends, and then empties the spool as far as the target takes it within a moment.
func (a *asyncRoute) run(ctx context.Context) error {
	tctx, stopTaking := context.WithCancelCause(ctx)
	defer stopTaking(nil)
	fctx, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()
	var forwarded error
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		forwarded = (&forwarder{p: a.p, c: a.c}).run(fctx)
		stopTaking(forwarded)
	}()
	err := (&jobTaker{p: a.p, c: a.c, unique: wire.NewUniqueSource()}).run(tctx)
	if err == nil && forwarded == nil {
		a.empty(sending)
	}
	stopSending()
	<-sending
	return errors.Join(err, forwarded)
}

// empty waits until the spool is empty, for a moment, unless the target is away.
func (a *asyncRoute) empty(sending chan struct{}) {
	over := time.After(emptyGrace)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		n, _ := a.c.queue.Waiting()
		if n == 0 || slices.Contains(a.p.s.Outages(), a.c.route.to.Server) {
			return
		}
		select {
		case <-sending:
			return
		case <-over:
			return
		case <-look.C:
		}
	}
}
