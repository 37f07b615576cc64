package disktest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomSubsets is how many subsets of the operations that were not synced are tried at each crash point, a tenth of it with -short.
// If there are no more than that, each is tried.
const randomSubsets = 200

// Crash is a loss of power.
type Crash struct {
	At    int    // how many lines of the log came before
	What  string // when, and what was lost, for failure messages
	notes []string
	image image
	key   crashKey
}

// crashKey is the same for crashes that nobody can tell apart.
type crashKey struct {
	image uint64
	notes string
}

// Notes returns the events noted before the crash, on this Sim and, if Restart returned it, on those before.
func (c Crash) Notes() []string { return c.notes }

// Restart returns the file system after the crash. Its log is empty.
func (c Crash) Restart() *Sim {
	s := newSim(c.image)
	s.earlier, s.crashed = c.notes, c.What+"; then "
	return s
}

// PowerOff returns the file system after a crash now that only synced operations survive.
func (s *Sim) PowerOff() *Sim {
	s.mu.Lock()
	defer s.mu.Unlock()
	image := s.base.clone()
	for i := range s.ops {
		c := choice{what: lost}
		if s.ops[i].synced != never {
			c.what = kept
		}
		image.apply(&s.ops[i], c)
	}
	return newSim(image)
}

// Tally counts crashes.
type Tally struct {
	Points   int // before the first line of the log, after each line
	States   int // that were tried at these points
	Distinct int // of them: with other contents or notes
}

// Add adds another count.
func (t *Tally) Add(u Tally) {
	t.Points, t.States, t.Distinct = t.Points+u.Points, t.States+u.States, t.Distinct+u.Distinct
}

// Tally returns the counts of the last Crashes.
func (s *Sim) Tally() Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tally
}

// Crashes calls yield for every distinct state in which a crash at any point of the log may leave the file system, and
// distinct notes. Of the operations that were not synced there survive: none; all; each prefix; all but one; any subset, or
// 200 random ones if there are more. The writes at the end of a prefix, and the last write, are also cut after 0 and 1 byte,
// in the middle and before their last byte, and every write may leave only the size.
func (s *Sim) Crashes(yield func(Crash) bool) {
	s.mu.Lock()
	ops, lines := slices.Clone(s.ops), s.lines
	s.mu.Unlock()
	var tally Tally
	seen := map[crashKey]bool{}
	notes := slices.Clone(s.earlier)
	for at := range len(lines) + 1 {
		if at > 0 && lines[at-1].note {
			notes = append(slices.Clip(notes), lines[at-1].text)
		}
		noted := strings.Join(notes, "\n")
		tally.Points++
		base, rest := s.durable(ops, at)
		base.hash() // of files, which the states share
		for plan := range plans(rest, rand.New(rand.NewPCG(uint64(at), 1))) {
			tally.States++
			image := base.clone()
			for i, o := range rest {
				image.apply(o, plan[i])
			}
			key := crashKey{image.hash(), noted}
			if seen[key] {
				continue
			}
			seen[key] = true
			tally.Distinct++
			if !yield(Crash{at, s.crashed + describe(lines, at, rest, plan), notes, image, key}) {
				return
			}
		}
	}
	s.mu.Lock()
	s.tally = tally
	s.mu.Unlock()
}

// durable returns the state with the operations before line at that survive, up to the first that may not, and the
// operations from there on.
func (s *Sim) durable(ops []op, at int) (base image, rest []*op) {
	base = s.base.clone()
	for i := range ops {
		o := &ops[i]
		switch {
		case o.at >= at:
			return base, rest
		case len(rest) == 0 && o.survives(at):
			base.apply(o, choice{kept, 0})
		default:
			c := *o
			c.safe = o.survives(at)
			rest = append(rest, &c)
		}
	}
	return base, rest
}

// survives reports whether a sync before line at covered the operation.
func (o *op) survives(at int) bool { return o.synced != never && o.synced < at }

// plans yields what may survive of ops, which is the same slice each time.
func plans(ops []*op, random *rand.Rand) func(yield func([]choice) bool) {
	return func(yield func([]choice) bool) {
		var open []int // the operations that may be lost
		for i, o := range ops {
			if !o.safe {
				open = append(open, i)
			}
		}
		plan := make([]choice, len(ops))
		for i := range plan {
			plan[i].what = kept
		}
		// reset makes the first n of open survive.
		reset := func(n int) {
			for at, i := range open {
				plan[i] = choice{what: lost}
				if at < n {
					plan[i].what = kept
				}
			}
		}
		// with yields the plan with each of several choices for one operation.
		with := func(i int, choices ...choice) bool {
			for _, c := range choices {
				plan[i] = c
				if !yield(plan) {
					return false
				}
			}
			return true
		}
		reset(0)
		if !yield(plan) {
			return
		}
		for n, i := range open { // each prefix
			reset(n + 1)
			if !with(i, choice{what: kept}) || ops[i].kind == write && !with(i, partial(len(ops[i].data))...) {
				return
			}
		}
		last := true                              // write
		for _, i := range slices.Backward(open) { // all but one
			reset(len(open))
			if !with(i, choice{what: lost}) {
				return
			}
			if ops[i].kind != write {
				continue
			}
			if !with(i, choice{what: zeros}) || last && !with(i, partial(len(ops[i].data))...) {
				return
			}
			last = false
		}
		n, all := subsets(ops, open)
		for subset := range n {
			for _, i := range open {
				choices := []what{lost, kept}
				if ops[i].kind == write {
					choices = []what{lost, kept, zeros}
				}
				if all {
					plan[i] = choice{what: choices[subset%len(choices)]}
					subset /= len(choices)
				} else {
					plan[i] = choice{what: choices[random.IntN(len(choices))]}
				}
			}
			if !yield(plan) {
				return
			}
		}
	}
}

// subsets returns how many subsets of the open operations to try, and whether that is all.
func subsets(ops []*op, open []int) (n int, all bool) {
	n = 1
	for _, i := range open {
		n *= 2
		if ops[i].kind == write {
			n += n / 2
		}
		if n > randomSubsets {
			if testing.Short() {
				return randomSubsets / 10, false
			}
			return randomSubsets, false
		}
	}
	return n, true
}

// partial returns what may survive of a write of size bytes.
func partial(size int) []choice {
	list := []choice{{zeros, 0}, {cutZeros, size / 2}}
	for _, n := range []int{0, 1, size / 2, size - 1} {
		list = append(list, choice{cut, n})
	}
	return list
}

// describe says when a crash came and what was lost.
func describe(lines []line, at int, ops []*op, plan []choice) string {
	var b strings.Builder
	b.WriteString("crash before the first operation")
	if at > 0 {
		b.Reset()
		fmt.Fprintf(&b, "crash after line %d, %q", at, lines[at-1].text)
	}
	for i, o := range ops {
		text := fmt.Sprintf("line %d, %q", o.at+1, lines[o.at].text)
		switch c := plan[i]; c.what {
		case lost:
			b.WriteString("; lost: " + text)
		case zeros:
			b.WriteString("; zeros: " + text)
		case cut:
			fmt.Fprintf(&b, "; cut after %d of %d bytes: %s", c.n, len(o.data), text)
		case cutZeros:
			fmt.Fprintf(&b, "; zeros after %d of %d bytes: %s", c.n, len(o.data), text)
		}
	}
	return b.String()
}
