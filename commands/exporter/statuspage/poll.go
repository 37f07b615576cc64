package statuspage

import (
	"cmp"
	"context"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// How many servers are dialed at once, and how many of them may be ones that did not answer the last time: the others always
// find a free slot.
const (
	maxDials   = wire.MaxDials
	maxRetries = 48
)

// watch polls a server until ctx ends: at once, then every interval, later by phase so that not all are asked at the same time.
// A poll that takes longer than an interval leaves out those that it is in the way of.
func (p *Page) watch(ctx context.Context, d *wire.Dialer, s *serverState, phase time.Duration) {
	for failing := false; ; phase = 0 {
		begun := p.c.Now()
		snap, err := p.poll(ctx, d, s.name, failing)
		if ctx.Err() != nil {
			return
		}
		failing = err != nil
		now := p.c.Now()
		p.take(s, snap, err, now)
		if !cmderr.Pause(ctx, p.c.Interval-now.Sub(begun)%p.c.Interval+phase) {
			return
		}
	}
}

// poll asks a server for its version and its queues, on a connection of its own. It takes at most twice the time-out of the
// server, besides the wait for a slot.
func (p *Page) poll(ctx context.Context, d *wire.Dialer, server string, failing bool) (*servers.Snapshot, error) {
	free, err := p.slot(ctx, failing)
	if err != nil {
		return nil, err
	}
	limit := 2 * cmp.Or(d.ServerTimeout[server], d.Timeout, wire.DefaultTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, cmderr.Errorf("no complete answer within %s", cmderr.ShortDuration(limit)))
	defer cancel()
	c, err := d.Dial(ctx, server)
	free()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	snap, _ := servers.TakeSnapshot(ctx, c, servers.PartVersion, servers.PartQueues)
	return snap, snap.Err(servers.PartQueues) // a version may be refused
}

// slot waits until a server may be dialed.
func (p *Page) slot(ctx context.Context, failing bool) (free func(), err error) {
	slots := []chan struct{}{p.dials}
	if failing {
		slots = []chan struct{}{p.retries, p.dials}
	}
	for i, s := range slots {
		select {
		case s <- struct{}{}:
		case <-ctx.Done():
			for _, taken := range slots[:i] {
				<-taken
			}
			return nil, context.Cause(ctx)
		}
	}
	return func() {
		for _, s := range slots {
			<-s
		}
	}, nil
}
