package roundtrip

import (
	"context"
	"time"

	"gearctl/commands/internal/connect"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// TestCheck is a check that is sent through a queue to verify that its result comes back.
type TestCheck struct {
	Servers []string // it is sent to the first that accepts, and its result may come to any; the first has been seen to have Queue
	Queue   string
	Key     modgearman.Key
	Keys    map[string]modgearman.Key // by server, instead of Key
	Service string                    // of the host gearctl; a check in the queue host has none
	Command string
	Wait    time.Duration
}

// Run sends the check with high priority, like one that is forced by hand, and reports its outcome.
func (t *TestCheck) Run(ctx context.Context, c *connect.Client) Report {
	kind, service := modgearman.KindService, t.Service
	if t.Queue == modgearman.QueueHost {
		kind, service = modgearman.KindHost, ""
	}
	m := Template{Key: t.Key, Keys: t.Keys, Priority: wire.PriorityHigh, Check: modgearman.Check{
		Kind: kind, TargetQueue: t.Queue, Host: "gearctl", Service: service, Timeout: int(max(t.Wait, time.Second) / time.Second), CommandLine: t.Command,
	}}
	checker := NewChecker(c, t.Servers, t.Wait, m)
	defer checker.Close()
	checker.known[t.Servers[0]] = true
	return checker.Run(ctx)
}
