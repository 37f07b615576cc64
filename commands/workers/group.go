package workers

import (
	"fmt"
	"slices"
	"strings"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// wideGroup is connections from one address that belong together.
type wideGroup struct {
	address       string
	id            string // as set by SET_CLIENT_ID; Mod-Gearman sets none
	worker        string // the name in the status queue; empty: there is none
	ambiguous     bool   // the connections are those of one of several workers
	connections   int
	registrations int      // for the status queue, on the whole server
	own           int      // of them, those of the group
	beside        []string // functions on the connection of the status queue
	functions     []string // sorted, the status queue not among them
}

// queues are the group's queues, the status queue among them.
func (g *wideGroup) queues() []string {
	if g.worker == "" {
		return g.functions
	}
	return append(slices.Clone(g.functions), modgearman.PrefixWorker+g.worker)
}

// add counts a connection to the group.
func (g *wideGroup) add(functions []string) {
	g.connections++
	g.serve(functions)
}

func (g *wideGroup) serve(functions []string) {
	before := len(g.functions)
	for _, f := range functions {
		if _, known := slices.BinarySearch(g.functions[:before], f); !known {
			g.functions = append(g.functions, f)
		}
	}
	if len(g.functions) > before {
		slices.Sort(g.functions)
		g.functions = slices.Compact(g.functions)
	}
}

// clientKey is what connections of one client have in common.
type clientKey struct{ address, id string }

// groupWorkers tells the workers behind connections apart: by the status queue that a connection serves, then by the
// address, for workers of Mod-Gearman call themselves nothing. Connections that may be those of several workers of an
// address (a host with two, hosts behind one address) are groups of their own. Connections that serve nothing count only
// with all.
func groupWorkers(list []wire.WorkerStatus, all bool) []*wideGroup {
	groups := statusGroups(list)
	workers := map[clientKey][]*wideGroup{}
	for _, g := range groups {
		key := clientKey{g.address, g.id}
		workers[key] = append(workers[key], g)
	}
	others := map[string]*wideGroup{}
	for _, c := range list {
		if names, _ := splitStatus(c.Functions); len(names) > 0 || len(c.Functions) == 0 && !all {
			continue
		}
		owners := ownersOf(c, workers[clientKey{c.Address, c.ID}])
		if len(owners) == 1 {
			owners[0].add(c.Functions)
			continue
		}
		other := &wideGroup{address: c.Address, id: c.ID, ambiguous: len(owners) > 1}
		other.add(c.Functions)
		kind := other.key()
		if g := others[kind]; g != nil {
			g.connections++
		} else {
			others[kind] = other
			groups = append(groups, other)
		}
	}
	return groups
}

// statusGroups returns the connections that serve status queues, by address, client and queue. A connection that serves
// several counts for the first.
func statusGroups(list []wire.WorkerStatus) []*wideGroup {
	type groupKey struct {
		clientKey
		worker string
	}
	var groups []*wideGroup
	known := map[groupKey]*wideGroup{}
	registered := map[string]int{}
	for _, c := range list {
		names, others := splitStatus(c.Functions)
		for n, name := range names {
			registered[name]++
			key := groupKey{clientKey{c.Address, c.ID}, name}
			g := known[key]
			if g == nil {
				g = &wideGroup{address: c.Address, worker: name, id: c.ID}
				known[key] = g
				groups = append(groups, g)
			}
			if g.serve(others); n == 0 {
				g.connections++
			}
			g.own++
			g.beside = append(g.beside, others...)
		}
	}
	for _, g := range groups {
		g.registrations = registered[g.worker]
	}
	return groups
}

// key is a text that is the same for groups without status queue whose connections look alike.
func (g *wideGroup) key() string {
	return fmt.Sprintf("%s\x00%s\x00%v\x00%s", g.address, g.id, g.ambiguous, strings.Join(g.functions, "\x00"))
}

// splitStatus parts the names of workers in status queues from other functions.
func splitStatus(functions []string) (names, others []string) {
	for _, f := range functions {
		if name, ok := strings.CutPrefix(f, modgearman.PrefixWorker); ok && name != "" {
			names = append(names, name)
		} else {
			others = append(others, f)
		}
	}
	return names, others
}

// ownersOf returns the workers to which a connection without status queue may belong: none, one, or several between
// which nothing decides. near are those of its client.
func ownersOf(c wire.WorkerStatus, near []*wideGroup) []*wideGroup {
	var sharing, bare []*wideGroup
	if c.ID != "-" {
		return near
	}
	for _, g := range near {
		switch {
		case slices.ContainsFunc(c.Functions, func(f string) bool { return slices.Contains(g.beside, f) }):
			sharing = append(sharing, g)
		case len(g.beside) == 0:
			bare = append(bare, g)
		}
	}
	if servesChecks(c.Functions) {
		return append(sharing, bare...)
	}
	return sharing
}

// servesChecks reports whether one of the queues is of those that workers of Mod-Gearman serve. The module, which has
// no status queue of its own, serves the result queue.
func servesChecks(functions []string) bool {
	return slices.ContainsFunc(functions, func(f string) bool {
		switch f {
		case "host", "service", "eventhandler", "notification":
			return true
		}
		return strings.HasPrefix(f, modgearman.PrefixHostgroup) || strings.HasPrefix(f, modgearman.PrefixServicegroup)
	})
}

// goneWorkers returns the workers that the server remembers and that none of groups is.
func goneWorkers(status []wire.FunctionStatus, groups []*wideGroup) []*wideGroup {
	known := map[string]bool{}
	for _, g := range groups {
		known[g.worker] = true
	}
	var gone []*wideGroup
	for _, q := range status {
		name, ok := strings.CutPrefix(q.Function, modgearman.PrefixWorker)
		if ok && name != "" && q.Workers == 0 && !known[name] {
			gone = append(gone, &wideGroup{worker: name})
		}
	}
	return gone
}
