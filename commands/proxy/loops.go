package proxy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// loopDetector refuses routes that lead jobs back to their source. It discovers from its connections which addresses lead
// to the same server.
type loopDetector struct {
	prefix string // of client IDs

	mu      sync.Mutex // guards what follows
	routes  []*route
	servers []string          // also those of routes before a reload
	same    map[string]string // an address to the first one known to lead to the same server
}

func newLoopDetector(env *cli.Env, routes []*route, servers []string) *loopDetector {
	prefix := env.ClientID() + "-" + wire.NewUniqueSource().Next()[:8] + "-"
	return &loopDetector{prefix: prefix, routes: routes, servers: servers, same: map[string]string{}}
}

// replace goes on with the routes, servers and discoveries of next. Introduced connections stay known.
func (d *loopDetector) replace(next *loopDetector) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.routes, d.same = next.routes, next.same
	for _, server := range next.servers {
		if !slices.Contains(d.servers, server) {
			d.servers = append(slices.Clone(d.servers), server)
		}
	}
}

func (d *loopDetector) probe() *wire.ServerProbe {
	d.mu.Lock()
	defer d.mu.Unlock()
	return wire.NewServerProbe(d.prefix, d.servers)
}

func (d *loopDetector) hasSeveral() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.servers) > 1
}

// clientID returns the client ID of connections to the server of c.
func (d *loopDetector) clientID(c *wire.Conn) string { return d.probe().ClientID(c.Server()) }

// discover finds out which introduced connections lead to the server of c, and returns an error if that makes routes form a
// loop.
func (d *loopDetector) discover(ctx context.Context, c *wire.Conn) error {
	if !d.hasSeveral() {
		return nil // there is nothing to discover
	}
	seen, err := d.probe().Seen(ctx, c)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, server := range seen {
		d.merge(server, c.Server())
	}
	return d.check()
}

// introduce makes c known to its server, then discovers.
func (d *loopDetector) introduce(ctx context.Context, c *wire.Conn) error {
	if err := d.probe().Introduce(ctx, c); err != nil {
		return err
	}
	return d.discover(ctx, c)
}

// merge records that two addresses lead to one server; d.mu is held.
func (d *loopDetector) merge(a, b string) {
	first, second := d.canonical(a), d.canonical(b)
	if first != second {
		d.same[second] = first
	}
}

// canonical returns the one of a server's addresses that represents it.
func (d *loopDetector) canonical(server string) string {
	for d.same[server] != "" {
		server = d.same[server]
	}
	return server
}

func (d *loopDetector) canonicalEndpoint(e servers.Endpoint) servers.Endpoint {
	return servers.Endpoint{Server: d.canonical(e.Server), Queue: e.Queue}
}

// check returns an error if routes form a loop or two of them take from one queue; d.mu is held.
func (d *loopDetector) check() error {
	next := map[servers.Endpoint]*route{}
	for _, r := range d.routes {
		from := d.canonicalEndpoint(r.from)
		if other := next[from]; other != nil {
			return cmderr.Usagef("two routes read from one queue: %s and %s%s", other, r, d.sameServerNote(other.from, r.from))
		}
		next[from] = r
	}
	for _, r := range d.routes {
		path := []*route{r}
		for to := d.canonicalEndpoint(r.to); len(path) <= len(d.routes); to = d.canonicalEndpoint(path[len(path)-1].to) {
			if to == d.canonicalEndpoint(r.from) {
				return d.loopError(path)
			}
			if next[to] == nil {
				break
			}
			path = append(path, next[to])
		}
	}
	return nil
}

func (d *loopDetector) loopError(path []*route) error {
	var words []string
	ends := []servers.Endpoint{path[0].from}
	for _, r := range path {
		words = append(words, r.String())
		ends = append(ends, r.to)
	}
	return cmderr.Usagef("routing loop: %s%s", strings.Join(words, ", "), d.sameServerNote(ends...))
}

// sameServerNote names two of the addresses that lead to one server, if there are such.
func (d *loopDetector) sameServerNote(ends ...servers.Endpoint) string {
	by := map[string]string{}
	for _, e := range ends {
		first := d.canonical(e.Server)
		if by[first] != "" && by[first] != e.Server {
			return fmt.Sprintf(" (%s and %s are the same server)", by[first], e.Server)
		}
		by[first] = e.Server
	}
	return ""
}
