package commands

import (
	"context"
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// testTrip is a check of our own that is sent through a queue to see that its result comes back.
type testTrip struct {
	env     *Env
	dialer  *wire.Dialer
	servers []string // it is sent to the first that accepts, and its result may come to any
	queue   string
	key     modgearman.Key
	service string // of the host gearctl; a check in the queue host has none
	command string
	wait    time.Duration
}

// send sends the check, of high priority, as one that somebody asked for by hand, and returns what became of it.
func (t *testTrip) send(ctx context.Context) checkRow {
	kind, service := modgearman.KindService, t.service
	if t.queue == modgearman.QueueHost {
		kind, service = modgearman.KindHost, ""
	}
	o := &checkOptions{kind: kind, host: "gearctl", service: service, wait: t.wait, count: 2} // 2: no notes about single checks
	m := &checkMaker{key: t.key, priority: wire.PriorityHigh, check: modgearman.Check{
		Kind: kind, TargetQueue: t.queue, Host: o.host, Service: service, Timeout: int(max(t.wait, time.Second) / time.Second), CommandLine: t.command,
	}}
	w := &checkWaiter{env: t.env, o: o, d: t.dialer, servers: t.servers}
	slot := w.slot(m)
	defer slot.close()
	return slot.run(ctx)
}
