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

// ConnLimits bounds the connections of a command that take jobs, for each server.
type ConnLimits struct {
	Max      int // of each server
	Reserved int // of those, for something else than queues
	Queues   int // that are served, at least 1
	Parallel int // jobs at a time

	mu   sync.Mutex
	used map[string]int // connections beyond those that are always open, by server
}

// forQueues is how many connections there may be for queues.
func (l *ConnLimits) forQueues() int { return l.Max - l.Reserved }

// Shared reports whether there are more queues than connections.
func (l *ConnLimits) Shared() bool { return l.Queues > l.forQueues() }

// distribute divides queues among the connections that are always open: one for each, or when they are too many, so that
// each connection has about as many.
func (l *ConnLimits) distribute(queues []string) (groups [][]string) {
	for i, q := range queues {
		if i < l.forQueues() {
			groups = append(groups, nil)
		}
		group := &groups[i%l.forQueues()]
		*group = append(*group, q)
	}
	return groups
}

// perQueue returns how many connections to a server each queue has always: in all no more than jobs that may run
// at a time, unless there are more queues.
func (l *ConnLimits) perQueue() int {
	return max(1, min(l.Parallel, l.forQueues())/l.Queues)
}

// acquire takes one more connection to a server, if it may be.
func (l *ConnLimits) acquire(server string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used[server] >= l.forQueues()-l.Queues*l.perQueue() {
		return false
	}
	if l.used == nil {
		l.used = map[string]int{}
	}
	l.used[server]++
	return true
}

func (l *ConnLimits) release(server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used[server]--
}

// checkSharing refuses several queues on a connection to a server that does not bear that, before it declares any.
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

// CheckServers refuses, before any job is taken, queues that would have to share connections to a server that does not bear
// it, and notes where they do share. Servers that are not reached now are asked when they are.
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

// Distinct returns each of names once, in their order.
func Distinct(names []string) (list []string) {
	for _, n := range names {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}
