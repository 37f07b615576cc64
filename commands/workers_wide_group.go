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
	for _, f := range functions {
		if i, known := slices.BinarySearch(g.functions, f); !known {
			g.functions = slices.Insert(g.functions, i, f)
		}
	}
}

// joinNames puts the names of queues together that hold blanks: the list of workers has no quoting, the status shows
// them whole. Where the parts stand together more often than a queue has workers, some are queues of their own, nobody
// can tell which, and they stay apart.
func joinNames(workers []wire.WorkerStatus, status []wire.FunctionStatus) {
	for _, q := range status {
		parts := slices.DeleteFunc(strings.Split(q.Function, " "), func(s string) bool { return s == "" })
		if len(parts) < 2 && len(q.Function) == len(strings.Join(parts, "")) || len(parts) == 0 {
			continue
		}
		joined := make([][]string, len(workers))
		n := int64(0)
		for i := range workers {
			f := slices.Clone(workers[i].Functions)
			for j := 0; j+len(parts) <= len(f); j++ {
				if slices.Equal(f[j:j+len(parts)], parts) {
					f = slices.Replace(f, j, j+len(parts), q.Function)
					n++
				}
			}
			joined[i] = f
		}
		for i := range joined {
			if n <= q.Workers {
				workers[i].Functions = joined[i]
			}
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

// statusGroups returns the connections that serve status queues, by address, client and queue. A connection that serves
// several counts for the first.
func statusGroups(list []wire.WorkerStatus) []*wideGroup {
	var groups []*wideGroup
	registered := map[string]int{}
	for _, c := range list {
		names, others := splitStatus(c.Functions)
		for n, name := range names {
			registered[name]++
			i := slices.IndexFunc(groups, func(g *wideGroup) bool { return g.worker == name && g.address == c.Address && g.id == c.ID })
			if i < 0 {
				i = len(groups)
				groups = append(groups, &wideGroup{address: c.Address, worker: name, id: c.ID})
			}
			if groups[i].serve(others); n == 0 {
				groups[i].connections++
			}
			groups[i].own++
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
