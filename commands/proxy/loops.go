package proxy

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// circleFinder refuses routes that lead jobs back to where they came from. It learns from its connections which addresses
// lead to the same server.
type circleFinder struct {
	routes  []*proxyRoute
	probe   *wire.ServerProbe
	several bool // servers; else there is nothing to learn

	mu   sync.Mutex
	same map[string]string // an address, and the first one that is known to lead to the same server
}

func newCircleFinder(env *cli.Env, routes []*proxyRoute, servers []string) *circleFinder {
	prefix := env.ClientID() + "-" + wire.NewUniqueSource().Next()[:8] + "-"
	return &circleFinder{routes: routes, probe: wire.NewServerProbe(prefix, servers), several: len(servers) > 1, same: map[string]string{}}
}

// learn finds out which introduced connections lead to the server of c, and returns an error when routes then lead in a
// circle.
func (f *circleFinder) learn(ctx context.Context, c *wire.Conn) error {
	if !f.several {
		return nil
	}
	seen, err := f.probe.Seen(ctx, c)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, server := range seen {
		f.join(server, c.Server())
	}
	return f.circle()
}

// introduce makes c known to its server, then learns.
func (f *circleFinder) introduce(ctx context.Context, c *wire.Conn) error {
	if err := f.probe.Introduce(ctx, c); err != nil {
		return err
	}
	return f.learn(ctx, c)
}

// join notes that two addresses lead to one server; f.mu is held.
func (f *circleFinder) join(a, b string) {
	first, second := f.first(a), f.first(b)
	if first != second {
		f.same[second] = first
	}
}

// first returns the address that stands for all of a server's.
func (f *circleFinder) first(server string) string {
	for f.same[server] != "" {
		server = f.same[server]
	}
	return server
}

func (f *circleFinder) node(e servers.Endpoint) servers.Endpoint {
	return servers.Endpoint{Server: f.first(e.Server), Queue: e.Queue}
}

// circle returns an error when routes lead in a circle, or two of them take from the same queue; f.mu is held.
func (f *circleFinder) circle() error {
	next := map[servers.Endpoint]*proxyRoute{}
	for _, r := range f.routes {
		from := f.node(r.from)
		if other := next[from]; other != nil {
			return cmderr.Usagef("two routes read from one queue: %s and %s%s", other, r, f.names(other.from, r.from))
		}
		next[from] = r
	}
	for _, r := range f.routes {
		path := []*proxyRoute{r}
		for to := f.node(r.to); len(path) <= len(f.routes); to = f.node(path[len(path)-1].to) {
			if to == f.node(r.from) {
				return f.circular(path)
			}
			if next[to] == nil {
				break
			}
			path = append(path, next[to])
		}
	}
	return nil
}

func (f *circleFinder) circular(path []*proxyRoute) error {
	var words []string
	ends := []servers.Endpoint{path[0].from}
	for _, r := range path {
		words = append(words, r.String())
		ends = append(ends, r.to)
	}
	return cmderr.Usagef("routing loop: %s%s", strings.Join(words, ", "), f.names(ends...))
}

// names tells which addresses are those of one server, where that is the point.
func (f *circleFinder) names(ends ...servers.Endpoint) string {
	by := map[string]string{}
	for _, e := range ends {
		first := f.first(e.Server)
		if by[first] != "" && by[first] != e.Server {
			return fmt.Sprintf(" (%s and %s are the same server)", by[first], e.Server)
		}
		by[first] = e.Server
	}
	return ""
}
