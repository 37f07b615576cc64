package workerpool

import (
	"context"
	"slices"
	"sync"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// ConnLimits bounds the connections of a command that take jobs from each server.
type ConnLimits struct {
	Max      int // to each server
	Reserved int // of those, for something other than queues
	Queues   int // that are served, at least 1
	Parallel int // jobs at a time

	mu    sync.Mutex
	extra map[string]int // connections beyond the permanent ones, by server
}

// forQueues is how many connections to a server there may be for queues.
func (l *ConnLimits) forQueues() int { return l.Max - l.Reserved }

// Shared reports whether there are more queues than connections.
func (l *ConnLimits) Shared() bool { return l.Queues > l.forQueues() }

// distribute divides queues among the permanent connections: one for each, or if they are too many, about as many for
// each connection.
func (l *ConnLimits) distribute(queues []string) [][]string {
	groups := make([][]string, min(len(queues), l.forQueues()))
	for i, q := range queues {
		n := i % len(groups)
		groups[n] = append(groups[n], q)
	}
	return groups
}

// perQueue returns how many permanent connections to a server each queue has: in all no more than jobs may run at a
// time, unless there are more queues.
func (l *ConnLimits) perQueue() int {
	return max(1, min(l.Parallel, l.forQueues())/l.Queues)
}

// acquire reserves one more connection to a server, unless the limit is reached.
func (l *ConnLimits) acquire(server string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.extra[server] >= l.forQueues()-l.Queues*l.perQueue() {
		return false
	}
	if l.extra == nil {
		l.extra = map[string]int{}
	}
	l.extra[server]++
	return true
}

func (l *ConnLimits) release(server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.extra[server]--
}

// checkSharing refuses several queues on a connection to a server that cannot bear that, before it declares any.
func (l *ConnLimits) checkSharing(ctx context.Context, c *wire.Conn, queues []string) error {
	if len(queues) == 1 {
		return nil
	}
	v, err := servers.AskVersion(ctx, c)
	if err != nil && !servers.IsUnknownCommand(err) || v.AllowsSharing() {
		return err
	}
	return l.tooManyQueues(c.Server(), v)
}

// Validate refuses a limit that leaves no connection for queues.
func (l *ConnLimits) Validate() error {
	if l.forQueues() < 1 {
		return cmderr.Usagef("--max-connections %d: must be at least %d", l.Max, l.Reserved+1)
	}
	return nil
}

// CheckServers refuses, before any job is taken, queues that would have to share connections to a server that cannot
// bear it, and logs where they do share. Servers that cannot be reached now are checked when they can.
func (l *ConnLimits) CheckServers(ctx context.Context, log cmderr.Log, d *wire.Dialer, addrs []string) error {
	if l.Parallel > l.forQueues() {
		log.Info("--parallel %d: up to %d jobs at a time from each server, as --max-connections allows", l.Parallel, l.forQueues())
	}
	if !l.Shared() {
		return nil
	}
	for _, r := range wire.FanOut(ctx, d, addrs, servers.AskVersion) {
		switch {
		case r.Err != nil && !servers.IsUnknownCommand(r.Err):
		case !r.Value.AllowsSharing():
			return l.tooManyQueues(r.Server, r.Value)
		default:
			log.Info("%s: %d queues share %s (--max-connections); %s can do that, gearmand from %s cannot", r.Server, l.Queues,
				output.Plural(int64(l.forQueues()), "connection", "connections"), r.Value, servers.SharingFaultSince)
		}
	}
	return nil
}

func (l *ConnLimits) tooManyQueues(server string, v servers.Version) error {
	need := l.Queues + l.Reserved
	return cmderr.Usagef("%s: %d queues need %d connections, and --max-connections allows %d; %s can stop answering when queues share one",
		server, l.Queues, need, l.Max, v).
		Hint("add --max-connections %d; each takes a file descriptor of gearmand: see LimitNOFILE in its unit", need)
}

// Distinct returns each of names once, in the order of their first appearance.
func Distinct(names []string) (list []string) {
	for _, n := range names {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}
