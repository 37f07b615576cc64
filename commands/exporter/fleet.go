package exporter

import (
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/contexts"
	"gearctl/output"
	"gearctl/wire"
)

// server is a server that is queried.
type server struct {
	address  string
	labels   []string // of its context, as metricLabels returns them
	readOnly bool     // by its context
	counted  bool     // its errors are counted and logged: not if a request chose the address
}

// target is servers that are queried together.
type target struct {
	servers []server
	dialer  *wire.Dialer
}

// timeout returns how long a server may take for a scrape.
func (t *target) timeout(address string) time.Duration {
	if own := t.dialer.ServerTimeout[address]; own > 0 {
		return own
	}
	return t.dialer.Timeout
}

// String names the servers, or how many there are.
func (t *target) String() string {
	if list := t.addresses(); len(list) <= maxNamed {
		return strings.Join(list, ", ")
	}
	return output.Plural(int64(len(t.servers)), "server", "servers")
}

// maxNamed is up to how many servers a message names.
const maxNamed = 8

// addresses returns the addresses of the servers.
func (t *target) addresses() []string {
	list := make([]string, len(t.servers))
	for i, s := range t.servers {
		list[i] = s.address
	}
	return list
}

// fleet is everything that requests can have queried. It does not change.
type fleet struct {
	all     *target            // of /metrics
	targets map[string]*target // of /probe, by the name of a context and by address
	groups  []targetGroup      // of service discovery

	patterns []targetPattern // of --allow-target
	plain    *wire.Dialer    // for servers that patterns allow
}

// String says how large the fleet is.
func (f *fleet) String() string {
	return output.Plural(int64(len(f.all.servers)), "server", "servers") + ", " + output.Plural(int64(len(f.targets)), "target", "targets") + " of /probe"
}

// newFleet returns the servers of the run and what --allow-target allows. Without servers of its own a run may query those
// of all contexts, else those alone.
func newFleet(env *cli.Env, allow []string) (*fleet, error) {
	d, addrs, err := env.Network()
	if err != nil {
		return nil, err
	}
	a, err := env.ActiveContext()
	if err != nil {
		return nil, err
	}
	f := &fleet{all: &target{dialer: d}, targets: map[string]*target{}, plain: d}
	for _, address := range addrs {
		s := server{address: address, counted: true}
		if known := a.Server(address); known != nil {
			s = newServer(known)
		}
		f.all.servers = append(f.all.servers, s)
	}
	named, err := env.ServersNamed()
	switch {
	case err != nil:
		return nil, err
	case a != nil:
		if err := f.addMembers(env, a); err != nil {
			return nil, err
		}
	case !named:
		f.addContexts(env)
	}
	if len(f.groups) == 0 {
		f.groups = []targetGroup{{addrs, map[string]string{}}}
	}
	for _, s := range f.all.servers {
		f.add(s, d)
	}
	return f, f.allow(allow)
}

func newServer(s *contexts.Server) server {
	return server{s.Address, metricLabels(s.Labels), s.ReadOnly, true}
}

// add makes a server a target by its address, and reports whether it was none before.
func (f *fleet) add(s server, d *wire.Dialer) bool {
	name := canonical(s.address)
	if f.targets[name] != nil {
		return false
	}
	f.targets[name] = &target{[]server{s}, d}
	return true
}

// addContext makes a context a target by its name and, unless it is a group, its servers by their addresses. A server that was
// added before stays with that context.
func (f *fleet) addContext(c *contexts.Context, list []contexts.Server, d *wire.Dialer) {
	t, group := &target{dialer: d}, newTargetGroup(c.Name)
	for i := range list {
		s := newServer(&list[i])
		t.servers = append(t.servers, s)
		if c.Group == nil && f.add(s, d) {
			group.add(&list[i])
		}
	}
	f.targets[c.Name] = t
	if len(group.Targets) > 0 {
		f.groups = append(f.groups, group)
	}
}

// addMembers adds the context of the run and all contexts that have no other servers.
func (f *fleet) addMembers(env *cli.Env, a *cli.ActiveContext) error {
	set, err := env.Contexts()
	if err != nil {
		return err
	}
	all, err := set.Members(a.Name)
	if err != nil {
		return err
	}
	within := map[string]bool{}
	for _, m := range all {
		within[m.Name] = true
	}
	for _, c := range set.All() {
		members, err := set.Members(c.Name)
		if err != nil || slices.ContainsFunc(members, func(m *contexts.Context) bool { return !within[m.Name] }) {
			continue
		}
		own, err := set.Resolve(c.Name)
		if err != nil {
			return err
		}
		for i := range own {
			own[i] = *a.Server(own[i].Address) // with the labels of groups around it
		}
		f.addContext(c, own, f.all.dialer)
	}
	return nil
}

// addContexts adds all contexts. One whose servers are not known is left out, with a warning.
func (f *fleet) addContexts(env *cli.Env) {
	set, err := env.Contexts()
	if err != nil {
		env.Warn("%v: no context is a target of /probe", err)
		return
	}
	for _, c := range set.All() {
		list, err := set.Resolve(c.Name)
		var d *wire.Dialer
		if err == nil {
			d, err = env.DialerFor(list)
		}
		if err != nil {
			env.Warn("%v: context %s is no target of /probe", err, c.Name)
			continue
		}
		f.addContext(c, list, d)
	}
}
