package commands

import (
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
	for _, f := range functions {
		if i, known := slices.BinarySearch(g.functions, f); !known {
			g.functions = slices.Insert(g.functions, i, f)
		}
	}
}

// joinNames puts the names of queues together that hold blanks: the list of workers has no quoting, the status shows
// them whole.
func joinNames(workers []wire.WorkerStatus, status []wire.FunctionStatus) {
	for _, q := range status {
		parts := slices.DeleteFunc(strings.Split(q.Function, " "), func(s string) bool { return s == "" })
		if len(parts) < 2 && len(q.Function) == len(strings.Join(parts, "")) {
			continue
		}
		for i := range workers {
			f := workers[i].Functions
			for j := 0; j+len(parts) <= len(f) && len(parts) > 0; j++ {
				if slices.Equal(f[j:j+len(parts)], parts) {
					f = slices.Replace(f, j, j+len(parts), q.Function)
				}
			}
			workers[i].Functions = f
		}
	}
}

// groupWorkers tells the workers behind connections apart: by the status queue that a connection serves, then by the
// address, for workers of Mod-Gearman call themselves nothing. Connections that may be those of several workers of an
// address (a host with two, hosts behind one address) are groups of their own. Connections that serve nothing count only
// with all.
func groupWorkers(list []wire.WorkerStatus, all bool) []*wideGroup {
	workers := statusGroups(list)
	groups := slices.Clone(workers)
	for _, c := range list {
		if names, _ := splitStatus(c.Functions); len(names) > 0 || len(c.Functions) == 0 && !all {
			continue
		}
		owners := ownersOf(c, workers)
		if len(owners) == 1 {
			owners[0].add(c.Functions)
			continue
		}
		other := &wideGroup{address: c.Address, id: c.ID, ambiguous: len(owners) > 1}
		other.add(c.Functions)
		if i := slices.IndexFunc(groups, other.sameKind); i >= 0 {
			groups[i].connections++
		} else {
			groups = append(groups, other)
		}
	}
	return groups
}

// statusGroups returns the connections that serve status queues, by address and queue.
func statusGroups(list []wire.WorkerStatus) []*wideGroup {
	var groups []*wideGroup
	registered := map[string]int{}
	for _, c := range list {
		names, others := splitStatus(c.Functions)
		for _, name := range names {
			registered[name]++
			i := slices.IndexFunc(groups, func(g *wideGroup) bool { return g.worker == name && g.address == c.Address })
			if i < 0 {
				i = len(groups)
				groups = append(groups, &wideGroup{address: c.Address, worker: name, id: c.ID})
			}
			groups[i].add(others)
			groups[i].beside = append(groups[i].beside, others...)
		}
	}
	for _, g := range groups {
		g.registrations = registered[g.worker]
	}
	return groups
}

// sameKind reports whether g, which has no status queue, looks like the connections of another group.
func (g *wideGroup) sameKind(o *wideGroup) bool {
	return o.worker == "" && g.address == o.address && g.id == o.id && g.ambiguous == o.ambiguous && slices.Equal(g.functions, o.functions)
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
// which nothing decides.
func ownersOf(c wire.WorkerStatus, workers []*wideGroup) []*wideGroup {
	var near, sharing, bare []*wideGroup
	for _, g := range workers {
		if g.address == c.Address && g.id == c.ID {
			near = append(near, g)
		}
	}
	if c.ID != "-" && len(near) == 1 {
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
	switch {
	case len(sharing) > 0:
		return sharing
	case servesChecks(c.Functions):
		return bare
	}
	return nil
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
	var gone []*wideGroup
	for _, q := range status {
		name, ok := strings.CutPrefix(q.Function, modgearman.PrefixWorker)
		if !ok || name == "" || q.Workers > 0 || slices.ContainsFunc(groups, func(g *wideGroup) bool { return g.worker == name }) {
			continue
		}
		gone = append(gone, &wideGroup{worker: name})
	}
	return gone
}
