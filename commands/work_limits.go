package commands

import (
	"context"
	"slices"
	"sync"

	"gearctl/output"
	"gearctl/wire"
)

// connLimits bounds the connections of a command that take jobs, for each server.
type connLimits struct {
	max      int // of each server
	beside   int // of those, for something else than queues
	queues   int // that are served, at least 1
	parallel int // jobs at a time

	mu   sync.Mutex
	used map[string]int // connections beyond those that are always open, by server
}

// forQueues is how many connections there may be for queues.
func (l *connLimits) forQueues() int { return l.max - l.beside }

// shared reports whether there are more queues than connections.
func (l *connLimits) shared() bool { return l.queues > l.forQueues() }

// share divides queues among the connections that are always open: one for each, or when they are too many, so that
// each connection has about as many.
func (l *connLimits) share(queues []string) (groups [][]string) {
	for i, q := range queues {
		if i < l.forQueues() {
			groups = append(groups, nil)
		}
		group := &groups[i%l.forQueues()]
		*group = append(*group, q)
	}
	return groups
}

// each returns how many connections to a server each queue has always: in all no more than jobs that may run
// at a time, unless there are more queues.
func (l *connLimits) each() int {
	return max(1, min(l.parallel, l.forQueues())/l.queues)
}

// acquire takes one more connection to a server, if it may be.
func (l *connLimits) acquire(server string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used[server] >= l.forQueues()-l.queues*l.each() {
		return false
	}
	if l.used == nil {
		l.used = map[string]int{}
	}
	l.used[server]++
	return true
}

func (l *connLimits) release(server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used[server]--
}

// allow refuses several queues on a connection to a server that does not bear that, before it declares any.
func (l *connLimits) allow(ctx context.Context, c *wire.Conn, queues []string) error {
	if len(queues) == 1 {
		return nil
	}
	v, err := askVersion(ctx, c)
	if err != nil && !isUnknownCommand(err) || v.allowsSharing() {
		return err
	}
	return l.tooMany(c.Server(), v)
}

// valid refuses a limit that leaves no connection for queues.
func (l *connLimits) valid() error {
	if l.forQueues() < 1 {
		return usagef("--max-connections %d: must be at least %d", l.max, l.beside+1)
	}
	return nil
}

// check refuses, before any job is taken, queues that would have to share connections to a server that does not bear
// it, and notes where they do share. Servers that are not reached now are asked when they are.
func (l *connLimits) check(ctx context.Context, log Log, d *wire.Dialer, servers []string) error {
	if l.parallel > l.forQueues() {
		log.Info("--parallel %d: up to %d jobs at a time from each server, as --max-connections allows", l.parallel, l.forQueues())
	}
	if !l.shared() {
		return nil
	}
	for _, r := range wire.FanOut(ctx, d, servers, askVersion) {
		switch {
		case r.Err != nil && !isUnknownCommand(r.Err):
		case !r.Value.allowsSharing():
			return l.tooMany(r.Server, r.Value)
		default:
			log.Info("%s: %d queues share %s (--max-connections); %s can do that, gearmand from %s cannot", r.Server, l.queues,
				output.Plural(int64(l.forQueues()), "connection", "connections"), r.Value, sharingFaultSince)
		}
	}
	return nil
}

func (l *connLimits) tooMany(server string, v serverVersion) error {
	need := l.queues + l.beside
	return usagef("%s: %d queues need %d connections, and --max-connections allows %d; %s can stop answering when queues share one",
		server, l.queues, need, l.max, v).
		hint("add --max-connections %d; each takes a file descriptor of gearmand: see LimitNOFILE in its unit", need)
}

// distinct returns each of names once, in their order.
func distinct(names []string) (list []string) {
	for _, n := range names {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}
