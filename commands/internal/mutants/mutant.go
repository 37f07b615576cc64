package main

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
)

// A mutant is one small mistake in the code.
type mutant struct {
	ID            int
	Package       string // relative to the module: wire/disk
	File          string // relative to the module: wire/disk/os.go
	Line          int
	Function      string // around it, or package
	Operator      string
	Before, After string // a line each
	edits         []edit
}

func (m mutant) String() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.change()) }

func (m mutant) change() string {
	return fmt.Sprintf("%s: %s: %s -> %s", m.Function, m.Operator, m.Before, m.After)
}

// key is the mutant without its line, which stays the same while the code around it changes.
func (m mutant) key() string { return m.File + ": " + m.change() }

// sample returns n mutants that depend on the seed and on their keys only: a change of the code changes few of them.
func sample(all []mutant, n int, seed uint64) []mutant {
	if n <= 0 || n >= len(all) {
		return all
	}
	ranks, same := map[int]uint64{}, map[string]int{}
	for _, m := range all {
		same[m.key()]++
		h := fnv.New64a()
		fmt.Fprint(h, seed, m.key(), same[m.key()])
		ranks[m.ID] = h.Sum64()
	}
	chosen := slices.Clone(all)
	slices.SortFunc(chosen, func(a, b mutant) int { return cmp.Compare(ranks[a.ID], ranks[b.ID]) })
	chosen = chosen[:n]
	slices.SortFunc(chosen, func(a, b mutant) int { return cmp.Compare(a.ID, b.ID) })
	return chosen
}
