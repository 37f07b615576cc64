package main

import (
	"cmp"
	"slices"
	"strings"
)

// An edit inserts text around a range of a source file, or replaces an operator. All mutants of a package are in one
// binary, so an edit removes nothing: it makes what it surrounds depend on the mutant that is active.
type edit struct {
	from, to      int    // offsets
	before, after string // inserted at from and at to
	replace       bool   // before takes the place of the range, which is a single token
	trailing      bool   // after comes after whatever else surrounds the same range
}

// apply returns src with the edits, whose ranges are nested or disjoint.
func apply(src []byte, edits []edit) []byte {
	type insertion struct {
		at, rank, size, seq int
		text                string
		skip                int
	}
	all := make([]insertion, 0, 2*len(edits))
	const ends, starts = 0, 1 // at one offset, in this order
	for i, e := range edits {
		size := e.to - e.from
		if e.replace {
			all = append(all, insertion{at: e.from, rank: starts, text: e.before, skip: size})
			continue
		}
		end := insertion{at: e.to, rank: ends, size: size, seq: -i, text: e.after}
		if e.trailing {
			end.seq = 1
		}
		all = append(all, insertion{at: e.from, rank: starts, size: -size, seq: i, text: e.before}, end)
	}
	slices.SortStableFunc(all, func(a, b insertion) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank, b.rank), cmp.Compare(a.size, b.size), cmp.Compare(a.seq, b.seq))
	})
	var b strings.Builder
	last := 0
	for _, in := range all {
		b.Write(src[last:in.at])
		b.WriteString(in.text)
		last = in.at + in.skip
	}
	b.Write(src[last:])
	return []byte(b.String())
}
