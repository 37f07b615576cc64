package commands

import (
	"context"
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// testCheck is a check of our own that is sent through a queue to see that its result comes back.
type testCheck struct {
	servers []string // it is sent to the first that accepts, and its result may come to any
	queue   string
	key     modgearman.Key
	service string // of the host gearctl; a check in the queue host has none
	command string
	wait    time.Duration
}

// send sends the check, of high priority, as one that somebody asked for by hand, and returns what became of it.
func (t *testCheck) send(ctx context.Context, c *client) checkRow {
	kind, service := modgearman.KindService, t.service
	if t.queue == modgearman.QueueHost {
		kind, service = modgearman.KindHost, ""
	}
	m := &checkMaker{key: t.key, priority: wire.PriorityHigh, check: modgearman.Check{
		Kind: kind, TargetQueue: t.queue, Host: "gearctl", Service: service, Timeout: int(max(t.wait, time.Second) / time.Second), CommandLine: t.command,
	}}
	checker := newChecker(c, t.servers, t.wait, m)
	defer checker.close()
	return checker.run(ctx)
}
