package workers

import (
	"fmt"
	"slices"
	"strings"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// wideGroup is the connections of one worker, or of clients that look alike.
type wideGroup struct {
	address       string
	id            string // as set by SET_CLIENT_ID; Mod-Gearman sets none
	worker        string // the name in the status queue; empty without one
	ambiguous     bool   // the connections could belong to several workers
	connections   int
	registrations int      // for the status queue, on the whole server
	own           int      // registrations by this group
	beside        []string // functions on the connection of the status queue
	functions     []string // sorted, without the status queue
}

// queues returns the queues of the group, including the status queue.
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

// clientKey identifies a client.
type clientKey struct{ address, id string }

// groupWorkers groups connections by worker: by the status queue that a connection serves, then by address, because
// Mod-Gearman's workers set no client ID. Connections that could belong to several workers at an address (two on one host,
// or hosts behind NAT) are groups of their own. Connections that serve nothing are included only if all is set.
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

// splitStatus separates the names of workers in status queues from other functions.
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

// ownersOf returns the workers that a connection without a status queue may belong to, out of those of its client.
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

// servesChecks reports whether one of the queues is served by Mod-Gearman workers only. The module, which has no status
// queue, serves the result queue.
func servesChecks(functions []string) bool {
	return slices.ContainsFunc(functions, func(f string) bool {
		switch f {
		case "host", "service", "eventhandler", "notification":
			return true
		}
		return strings.HasPrefix(f, modgearman.PrefixHostgroup) || strings.HasPrefix(f, modgearman.PrefixServicegroup)
	})
}

// goneWorkers returns the workers with a status queue on the server but without a connection.
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
