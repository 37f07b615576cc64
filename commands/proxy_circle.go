package commands

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"gearctl/wire"
)

// circleFinder refuses routes that lead jobs back to where they came from, and learns which servers are the same under
// several names: each of our connections introduces itself with a name that tells by which address it was dialled, and
// is then seen in the list of workers of a connection that was dialled by another.
type circleFinder struct {
	routes  []*proxyRoute
	prefix  string
	servers []string

	mu   sync.Mutex
	same map[string]string // an address, and the first one that is known to lead to the same server
}

func newCircleFinder(env *Env, routes []*proxyRoute, servers []string) *circleFinder {
	run := wire.NewUniqueSource().Next()
	return &circleFinder{routes: routes, servers: servers, prefix: env.clientID() + "-" + run[:8] + "-", same: map[string]string{}}
}

// clientID is how connections to a server introduce themselves.
func (f *circleFinder) clientID(server string) string {
	for i, s := range f.servers {
		if s == server {
			return fmt.Sprint(f.prefix, i)
		}
	}
	return f.prefix
}

// introduce makes a connection known to the server by its address.
func (f *circleFinder) introduce(ctx context.Context, c *wire.Conn) error {
	c.SetClientID(f.clientID(c.Server()))
	return c.Echo(ctx, []byte("gearctl"))
}

// look finds out which other connections of ours lead to the server of c, which has been introduced. Of two that do
// this the later sees the earlier, as long as both are open.
func (f *circleFinder) look(ctx context.Context, c *wire.Conn) error {
	if len(f.servers) < 2 {
		return nil
	}
	list, err := c.Workers(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range list.Rows {
		var i int
		rest, ours := strings.CutPrefix(w.ID, f.prefix)
		if !ours {
			continue
		}
		if _, err := fmt.Sscan(rest, &i); err == nil && i >= 0 && i < len(f.servers) {
			f.join(f.servers[i], c.Server())
		}
	}
	return f.circle()
}

// meet is introduce and look.
func (f *circleFinder) meet(ctx context.Context, c *wire.Conn) error {
	if err := f.introduce(ctx, c); err != nil {
		return err
	}
	return f.look(ctx, c)
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

func (f *circleFinder) node(e endpoint) endpoint { return endpoint{f.first(e.Server), e.Queue} }

// circle returns an error when routes lead in a circle, or two of them take from the same queue; f.mu is held.
func (f *circleFinder) circle() error {
	next := map[endpoint]*proxyRoute{}
	for _, r := range f.routes {
		from := f.node(r.from)
		if other := next[from]; other != nil {
			return usagef("two routes take from one queue: %s, and %s%s", other, r, f.names(other.from, r.from))
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
	ends := []endpoint{path[0].from}
	for _, r := range path {
		words = append(words, r.String())
		ends = append(ends, r.to)
	}
	return usagef("routes lead in a circle: %s%s", strings.Join(words, ", "), f.names(ends...))
}

// names tells which addresses are those of one server, where that is the point.
func (f *circleFinder) names(ends ...endpoint) string {
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
