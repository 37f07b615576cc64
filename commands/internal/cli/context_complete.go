package cli

import (
	"context"
	"slices"
	"strings"
)

// CompleteContexts offers the contexts with their servers.
func (e *Env) CompleteContexts(context.Context, []string, string) []Candidate {
	set, err := e.Contexts()
	if err != nil {
		return nil
	}
	var list []Candidate
	for _, c := range set.All() {
		what := strings.Join(c.Group, ", ")
		if c.Group == nil {
			addresses, _ := c.Addresses()
			what = strings.Join(addresses, ", ")
		}
		if c.ReadOnly {
			what += " (read-only)"
		}
		list = append(list, Candidate{c.Name, what})
	}
	return list
}

// ContextServers returns the servers of all contexts, sorted.
func (e *Env) ContextServers() []string {
	set, err := e.Contexts()
	if err != nil {
		return nil
	}
	var list []string
	for _, c := range set.All() {
		addresses, _ := c.Addresses()
		list = append(list, addresses...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
